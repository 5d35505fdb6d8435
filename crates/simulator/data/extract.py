#!/usr/bin/env python3
"""Takes from a full cmdlet reference (cmdlets.json) what the simulator checks.

Usage: extract.py path/to/cmdlets.json > cmdlets.json
"""
import json
import sys

CMDLETS = """
Get-OrganizationConfig Set-OrganizationConfig Enable-OrganizationCustomization
New-DistributionGroup Get-DistributionGroup Set-DistributionGroup Remove-DistributionGroup
Add-DistributionGroupMember Remove-DistributionGroupMember Update-DistributionGroupMember Get-DistributionGroupMember
New-ManagementScope Get-ManagementScope Set-ManagementScope Remove-ManagementScope
New-ManagementRoleAssignment Get-ManagementRoleAssignment Set-ManagementRoleAssignment Remove-ManagementRoleAssignment
Get-ManagementRole New-RoleGroup Get-RoleGroup Set-RoleGroup Remove-RoleGroup
Add-RoleGroupMember Remove-RoleGroupMember Update-RoleGroupMember Get-RoleGroupMember
Get-Mailbox New-Mailbox Set-Mailbox Remove-Mailbox Get-Recipient Get-User Set-User
New-ServicePrincipal Get-ServicePrincipal Set-ServicePrincipal Remove-ServicePrincipal
Test-ServicePrincipalAuthorization Get-AcceptedDomain
""".split()

# What the reference leaves out or says for an older service.
EXTRA = {"Get-OrganizationConfig": {"RetrieveEwsOperationAccessPolicy": {"type": "SwitchParameter"}}}
NOT_MANDATORY = {"New-ServicePrincipal": {"ServiceId"}}

with open(sys.argv[1], encoding="utf-8") as source:
    reference = json.load(source)
lines = []
for name in CMDLETS:
    cmdlet = reference[name]
    sets = {}
    for key, value in cmdlet["parameter_sets"].items():
        sets[key] = [p for p in value["mandatory"] if p not in NOT_MANDATORY.get(name, ())]
    parameters = {}
    for key, value in cmdlet["parameters"].items():
        row = {"type": value["type"].split(".")[-1]}
        within = [s for s in value["parameter_sets"] if s in sets]
        if within and len(within) < len(sets):
            row["sets"] = sorted(set(within), key=within.index)
        if not value["exchange_online"]:
            row["online"] = False
        parameters[key] = row
    parameters.update(EXTRA.get(name, {}))
    text = json.dumps({"sets": sets, "parameters": parameters}, separators=(",", ":"), ensure_ascii=False)
    lines.append(json.dumps(name) + ":" + text)
print("{" + ",\n".join(lines) + "}")
