# SPDX-License-Identifier: Apache-2.0
"""Port forwarding rules of a NAT adapter, "name,proto,hostip,hostport,guestip,guestport"."""
from . import out


def parse(text, n, command, option):
    fields = text.split(",")
    if len(fields) != 6:
        out.usage(command, "Missing or invalid argument to '%s'" % option, again=True)
    name, proto, hip, hport, gip, gport = fields
    if proto.lower() not in ("tcp", "udp"):
        out.fail("Invalid proto '%s' specfied for NIC %d" % (text, n))
    return {"name": name, "proto": proto.lower(), "hip": hip, "hport": port(hport), "gip": gip, "gport": port(gport)}


def port(text):
    """As the runtime reads a number: what is none counts as 0, more than 16 bits are cut."""
    digits = ""
    for c in text.strip():
        if not c.isdigit():
            break
        digits += c
    return int(digits or 0) & 0xffff


ADD = ("AddRedirect(Bstr(strName).raw(), proto, Bstr(strHostIp).raw(), RTStrToUInt16(strHostPort), "
       "Bstr(strGuestIp).raw(), RTStrToUInt16(strGuestPort))")


def add(rules, rule, place):
    if not rule["name"]:
        rule["name"] = "%s_%d_%d" % (rule["proto"], rule["hport"], rule["gport"])
    for r in rules:
        if r["name"] == rule["name"]:
            refuse("A NAT rule of this name already exists", place)
        if r["proto"] == rule["proto"] and r["hip"] == rule["hip"] and r["hport"] == rule["hport"]:
            refuse("A NAT rule for this host port and this host IP already exists", place)
    rules.append(rule)
    rules.sort(key=lambda r: r["name"])


def refuse(text, place):
    out.com_fail(text, "NS_ERROR_INVALID_ARG", "NATEngineWrap", "INATEngine", ADD, place)


def delete(rules, name, call, place):
    """The rule, which is taken out."""
    for r in rules:
        if r["name"] == name:
            rules.remove(r)
            return r
    out.com_bare_fail("NS_ERROR_INVALID_ARG", call, place)


def show(rule):
    return "%(name)s,%(proto)s,%(hip)s,%(hport)d,%(gip)s,%(gport)d" % rule
