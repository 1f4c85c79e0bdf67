"""From a causal question to a study: analysis table, estimators, diagnostics, refuters, sensitivity, verdict."""
