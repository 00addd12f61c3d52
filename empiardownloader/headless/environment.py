"""Settings that pyworkflow needs if Scipion's installer has not run."""

import os
import sys
from pathlib import Path

_OWN_HOME = Path.home() / ".local" / "share" / "empiardownloader" / "scipion"


def prepare_environment() -> None:
    """Set what pyworkflow needs; call this before anything of Scipion is imported."""
    if "SCIPION_HOME" not in os.environ:
        os.environ["SCIPION_HOME"] = str(_OWN_HOME)
        os.environ.setdefault("SCIPION_NOTIFY", "False")
    os.environ.setdefault("SCIPION_DOMAIN", "pwem")
    os.environ.setdefault("SCIPION_PYTHON", sys.executable)
    Path(os.environ["SCIPION_HOME"]).mkdir(parents=True, exist_ok=True)

    from pyworkflow import Config
    from pyworkflow.protocol import HostConfig

    hosts = Path(Config.SCIPION_LOCAL_CONFIG).parent / Config.SCIPION_HOSTS
    if not hosts.exists():
        hosts.parent.mkdir(parents=True, exist_ok=True)
        HostConfig.writeBasic(str(hosts))
