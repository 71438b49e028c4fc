"""mho programs and characterises memristors and ECRAM, rehearsed first on simulated instruments."""
