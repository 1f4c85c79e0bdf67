"""The graph as a linear structural-equation model: path coefficients, effects along paths, and how well all of it fits.

equations  one regression per measured node: coefficients and the correlations that they imply
fit        χ², RMSEA, CFI and SRMR, and what they mean
latent     unmeasured nodes as latent variables: what can be told of them, and what not
model      the whole, with bootstrap intervals
"""
