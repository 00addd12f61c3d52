"""The proxy that the environment names for an address, and sentences about it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from requests.utils import get_environ_proxies, select_proxy

# urllib3 and http.client: 'Tunnel connection failed: 407 Proxy Authentication Required'
_TUNNEL_ANSWER = re.compile(r"Tunnel connection failed: (?P<answer>\d{3}[^'\")]*)")


def proxy_of(url: str) -> str:
    """Return the proxy's address for a URL, without a password; '' for none (or NO_PROXY)."""
    return without_login(select_proxy(url, get_environ_proxies(url)) or "")


def variable_of(url: str) -> str:
    """Return the name of the environment variable with the proxy of a URL's scheme."""
    return f"{urlsplit(url).scheme.upper()}_PROXY"


def without_login(url: str) -> str:
    """Return a URL without user name and password, for messages and logs."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def login_sentence(answer: str, variable: str) -> str:
    """Return what to do if a proxy answers 407."""
    return (
        f"the proxy asks for a login ({answer}): put name and password into {variable}, as in "
        "http://name:password@proxy:3128"
    )


def refusal_sentence(host: str, reason: str, variable: str) -> str:
    """Return what to do if a proxy does not connect to a host; ``reason`` is an error's text."""
    found = _TUNNEL_ANSWER.search(reason)
    answer = found["answer"].strip() if found else ""
    if answer.startswith("407"):
        return login_sentence(answer, variable)
    if answer:
        return (
            f"{host}: the proxy refuses to connect ({answer}); ask its administrator, or check "
            f"{variable} and NO_PROXY"
        )
    return f"{host}: the proxy does not connect ({reason}); check {variable}"
