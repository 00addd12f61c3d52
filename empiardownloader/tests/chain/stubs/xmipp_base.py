"""The few names that scipion-em-xmipp takes from Xmipp's own binding, which has no package.

Without them none of its protocols can be imported.
"""

import xmippLib


class XmippScript:
    """A program of Xmipp's that is written in Python; none is run here."""


class CondaEnvManager:
    """Environments that the plugin's installer would make; none is made here."""

    @classmethod
    def yieldInstallAllCmds(cls, *_, **__):
        return iter(())


def isMdEmpty(path):
    return xmippLib.MetaData(path).size() == 0


def createMetaDataFromPattern(pattern, isStack=False, label="image"):
    raise NotImplementedError("images by a pattern are not listed here")


def readInfoField(folder, block, label, suffix=""):
    raise NotImplementedError("no field is kept here")


def writeInfoField(folder, block, label, value, suffix=""):
    raise NotImplementedError("no field is kept here")
