"""From where somebody logs in, coarsely: enough to recognise one's own, too little to follow anybody."""

from __future__ import annotations

import ipaddress

# the first that fits: others carry these names too
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("HUAWEI", "华为浏览器"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """`Chrome · Android`; empty for what is neither."""
    found = (next((word for mark, word in known if mark in user_agent), "") for known in (BROWSERS, SYSTEMS))
    return " · ".join(word for word in found if word)


def network_shown(address: str) -> str:
    """The network an address lies in: `10.1.2.*`, or the first three groups of an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.version == 4:
        return f"{str(ip).rsplit('.', 1)[0]}.*"
    return ":".join(ip.exploded.split(":")[:3]) + "::"
