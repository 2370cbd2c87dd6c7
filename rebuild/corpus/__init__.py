"""The bundled corpus: hand-written situations with slots, and one-off jokes."""
