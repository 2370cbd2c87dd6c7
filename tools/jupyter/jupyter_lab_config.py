"""JupyterLab as `make lab` starts it: a classroom may have no network, so nothing is asked of it."""

c = get_config()  # noqa: F821 (Jupyter defines it)

c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"  # the other one fetches a catalogue
