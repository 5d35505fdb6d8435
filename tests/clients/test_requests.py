"""What our client sends to Microsoft Graph is what Microsoft describes."""

import re
import unittest

import description
from recorder import Asked, Recorder
from tenant import REPOSITORY, Tenant

EVERYTHING = "tests/data/everything"

#: What a run over everything must have asked for, so that the check cannot pass by looking at nothing.
EXPECTED = {
    "GET /subscribedSkus",
    "GET /users/{user%2Did}",
    "POST /users",
    "PATCH /users/{user%2Did}",
    "DELETE /users/{user%2Did}",
    "POST /users/{user%2Did}/assignLicense",
    "GET /servicePrincipals(appId='{appId}')",
    "POST /servicePrincipals",
    "DELETE /servicePrincipals/{servicePrincipal%2Did}",
    "GET /servicePrincipals/{servicePrincipal%2Did}/appRoleAssignments",
    "DELETE /servicePrincipals/{servicePrincipal%2Did}/appRoleAssignments/{appRoleAssignment%2Did}",
    "POST /servicePrincipals/{servicePrincipal%2Did}/appRoleAssignedTo",
    "GET /oauth2PermissionGrants",
    "POST /oauth2PermissionGrants",
    "PATCH /oauth2PermissionGrants/{oAuth2PermissionGrant%2Did}",
    "DELETE /oauth2PermissionGrants/{oAuth2PermissionGrant%2Did}",
}


def online_examples():
    """Those for Exchange Online, but for what would run programs or call vaults of this machine's owner."""
    found = sorted(REPOSITORY.glob("examples/**/anteroom.yaml"))
    elsewhere = ("deliverTo: { command:", "deliverTo: { keyVault:")

    def fits(text):
        return "target: exchangeOnline" in text and not any(place in text for place in elsewhere)

    return [path for path in found if fits(path.read_text())]


class Requests(unittest.TestCase):
    def check(self, recorder):
        seen = set()
        asked = recorder.graph()
        self.assertTrue(asked, "nothing was asked of Graph")
        for one in asked:
            with self.subTest(request=f"{one.method} {one.path}?{one.query}"):
                seen.add(description.check(one))
        return seen

    def test_every_online_example(self):
        examples = online_examples()
        self.assertGreaterEqual(len(examples), 5)
        for path in examples:
            folder = path.parent.relative_to(REPOSITORY)
            with self.subTest(example=str(folder)), Tenant() as tenant, Recorder(tenant.endpoint) as recorder:
                tenant.copy(folder)
                tenant.run("apply", "--auto-approve", str(folder), endpoint=recorder.endpoint)
                self.check(recorder)

    def test_everything_made_changed_and_removed(self):
        with Tenant() as tenant, Recorder(tenant.endpoint) as recorder:
            tenant.copy(EVERYTHING)
            path = tenant.folder / EVERYTHING / "anteroom.yaml"
            made = path.read_text()

            def apply(text):
                path.write_text(text)
                tenant.run("apply", "--auto-approve", EVERYTHING, endpoint=recorder.endpoint)

            apply(made)
            changed = made
            for old, new in [
                ("neverExpires: true", "neverExpires: false"),
                ("licenses: [STANDARDPACK]", "licenses: [EXCHANGEENTERPRISE]"),
                ("displayName: Service account of everything", "displayName: Renamed"),
                ("delegated: [User.Read]", "delegated: [User.Read, Calendars.ReadWrite]"),
                ("application: [Place.Read.All]", "application: []"),
            ]:
                self.assertIn(old, changed)
                changed = changed.replace(old, new)
            apply(changed)
            emptied = re.sub(r"    permissions:\n(      .*\n)+", "    permissions: []\n", changed)
            self.assertNotEqual(emptied, changed)
            apply(emptied)
            gone = re.sub(r"^(  [\w-]+:)$", r"\1\n    ensure: absent", emptied, flags=re.MULTILINE)
            gone = gone.replace("maxDeletions: 3", "maxDeletions: 100")
            gone = re.sub(r"^organization:\n(  .*\n)+", "", gone, flags=re.MULTILINE)
            apply(gone)
            seen = self.check(recorder)
            self.assertEqual(EXPECTED - seen, set(), "our client no longer asks for this: mend the list")


class Descriptions(unittest.TestCase):
    """The check itself finds what is wrong."""

    def refused(self, asked, words):
        with self.assertRaisesRegex(description.Undescribed, words):
            description.check(asked)

    def test_what_is_not_described_is_found(self):
        self.refused(Asked("GET", "/v1.0/userz", "", None), "nothing is called userz")
        self.refused(Asked("PUT", "/v1.0/users", "", {}), "takes no PUT")
        self.refused(Asked("GET", "/v1.0/users", "$selekt=id", None), "takes no .selekt")
        self.refused(Asked("GET", "/v1.0/users", "$select=id,mailbox", None), "no property mailbox")
        self.refused(Asked("GET", "/v1.0/users/x/assignLicense", "", None), "takes no GET")
        self.refused(Asked("POST", "/v1.0/users", "", {"mailNick": "x"}), "no property mailNick")
        self.refused(Asked("POST", "/v1.0/users", "", {"accountEnabled": "yes"}), "another type")
        self.refused(
            Asked("POST", "/v1.0/users", "", {"passwordProfile": {"forceChange": True}}),
            "no property forceChange",
        )
        self.refused(Asked("POST", "/v1.0/users", "", None), "takes a body")


if __name__ == "__main__":
    unittest.main()
