"""What several pages need: state, caches, controls."""
