"""The proxy that the environment names for an address, and sentences about it."""

from __future__ import annotations

import os
import re

from requests.utils import get_environ_proxies, select_proxy

# urllib3 and http.client: 'Tunnel connection failed: 407 Proxy Authentication Required'
_TUNNEL_ANSWER = re.compile(r"Tunnel connection failed: (?P<answer>\d{3}[^'\")]*)")


def proxy_of(url: str) -> str:
    """Return the proxy's address for a URL, without a password; '' for none (or NO_PROXY)."""
    try:
        return without_login(select_proxy(url, get_environ_proxies(url)) or "")
    except ValueError:  # the URL cannot be read
        return ""


def variable_of(url: str) -> str:
    """Return the name of the environment variable with the proxy of a URL."""
    name = f"{url.partition(':')[0].upper()}_PROXY"
    return name if os.environ.get(name) or os.environ.get(name.lower()) else "ALL_PROXY"


def without_login(url: str) -> str:
    """Return a URL without user name and password, for messages and logs."""
    return re.sub(r"(?<=//)[^/]*@", "", url, count=1)


def remedy_for(url: str) -> str:
    """Return what a user can check if a URL cannot be reached."""
    proxy, variable = proxy_of(url), variable_of(url)
    if proxy.startswith("socks"):
        return f"install PySocks for the proxy {proxy} (pip install pysocks), or unset {variable}"
    if proxy:
        return f"check the proxy {proxy} ({variable}) and the network"
    return "check the address and the network"


def login_sentence(answer: str, variable: str) -> str:
    """Return what to do if a proxy answers 407."""
    return (
        f"the proxy asks for a login ({answer}): put name and password into {variable}, as in "
        "http://name:password@proxy:3128"
    )


def refusal_sentence(reason: str, error_text: str, variable: str) -> str:
    """Return what to do if a proxy does not connect, by its answer, or else the system's reason."""
    found = _TUNNEL_ANSWER.search(error_text)
    answer = found["answer"].strip() if found else ""
    if answer.startswith("407"):
        return login_sentence(answer, variable)
    if answer:
        return (
            f"the proxy refuses to connect ({answer}); ask its administrator, or check {variable} "
            "and NO_PROXY"
        )
    return f"the proxy does not connect ({reason}); check {variable}"
