"""The proxy of the environment for an address. Loopback never goes through one: many catch it by mistake."""

import ipaddress
import urllib.request
from urllib.parse import urlsplit

from genai_tui.records.endpoints import is_loopback


def proxy_for(url: str) -> str | None:
    """The proxy of the environment for `url`; none for this machine itself and for what NO_PROXY names."""
    if is_loopback(url):
        return None
    proxies = urllib.request.getproxies()
    parts = urlsplit(url)
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    host = parts.hostname or ""
    if not proxy or urllib.request.proxy_bypass(f"{host}:{parts.port}" if parts.port else host):
        return None
    if urllib.request.proxy_bypass(host) or _in_network(host, proxies.get("no", "")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _in_network(host: str, no_proxy: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for entry in no_proxy.split(","):
        if "/" in entry:
            try:
                if address in ipaddress.ip_network(entry.strip(), strict=False):
                    return True
            except ValueError:
                continue
    return False
