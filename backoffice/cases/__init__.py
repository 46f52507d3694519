"""Golden cases: what a rule must answer, in YAML that an agent reads and extends."""
