"""What the seminar and homework notebooks import. Nothing is loaded until a submodule is asked for."""
