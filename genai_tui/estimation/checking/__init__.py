"""Published figures against our estimates of them: the tables of `estimate check`."""
