"""The learners of one unit's effect, one file each; `CATE_LEARNERS` lists them."""
