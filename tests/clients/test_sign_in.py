"""Microsoft's own sign-in libraries get tokens from the simulated tenant, and refusals that they understand."""

import base64
import json
import unittest

import msal
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CertificateCredential, ClientSecretCredential
from cryptography.hazmat.primitives import hashes

import keys
from tenant import Tenant

GRAPH = "https://graph.microsoft.com/.default"
EXCHANGE = "https://outlook.office365.com/.default"


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class SignIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tenant = Tenant(tls=True)
        cls.certificate = cls.tenant.folder / "client.pem"
        cls.public = keys.self_signed(cls.certificate, "anteroom")

    @classmethod
    def tearDownClass(cls):
        cls.tenant.close()

    def options(self):
        return {
            "authority": self.tenant.endpoint,
            "disable_instance_discovery": True,
            "connection_verify": self.tenant.certificates,
        }

    def secret(self, secret=None, **more):
        return ClientSecretCredential(
            more.pop("tenant_id", self.tenant.tenant_id),
            self.tenant.client_id,
            secret or self.tenant.secret,
            **self.options(),
        )

    def test_a_client_secret(self):
        with self.secret() as credential:
            for scope, audience in [(GRAPH, "https://graph.microsoft.com"), (EXCHANGE, "https://outlook.office365.com")]:
                told = claims(credential.get_token(scope).token)
                self.assertEqual(told["aud"], audience)
                self.assertEqual(told["appid"], self.tenant.client_id)
                self.assertEqual(told["idtyp"], "app")

    def test_a_client_certificate(self):
        credential = CertificateCredential(
            self.tenant.tenant_id, self.tenant.client_id, str(self.certificate), **self.options()
        )
        with credential:
            self.assertIn("Exchange.ManageAsApp", claims(credential.get_token(EXCHANGE).token)["roles"])

    def test_refusals(self):
        with self.secret(tenant_id="nobody.onmicrosoft.com") as credential:
            # Which is how the library words AADSTS90002 at the OpenID configuration.
            with self.assertRaisesRegex(ClientAuthenticationError, "Unable to get authority configuration"):
                credential.get_token(GRAPH)
        with self.secret() as credential:
            with self.assertRaisesRegex(ClientAuthenticationError, "AADSTS70011|invalid_scope"):
                credential.get_token("https://nobody.example/.default")

    def application(self, credential):
        return msal.ConfidentialClientApplication(
            self.tenant.client_id,
            client_credential=credential,
            authority=f"{self.tenant.endpoint}/{self.tenant.tenant_id}",
            instance_discovery=False,
            verify=self.tenant.certificates,
        )

    def test_msal_with_secret_and_certificate(self):
        thumbprint = self.public.fingerprint(hashes.SHA256()).hex()
        pem = self.certificate.read_text()
        for credential in [self.tenant.secret, {"private_key": pem, "thumbprint_sha256": thumbprint, "public_certificate": pem}]:
            application = self.application(credential)
            answer = application.acquire_token_for_client([GRAPH])
            self.assertIn("access_token", answer, answer.get("error_description"))
            # The second one comes out of the cache.
            again = application.acquire_token_for_client([GRAPH])
            self.assertEqual(again["token_source"], "cache")
            self.assertEqual(again["access_token"], answer["access_token"])

    def test_msal_tells_refusals(self):
        answer = self.application(self.tenant.secret).acquire_token_for_client(["https://nobody.example/.default"])
        self.assertEqual(answer["error"], "invalid_scope")
        self.assertIn(70011, answer["error_codes"])

    def test_a_tenant_with_clients_of_its_own(self):
        seed = """
tenant: { name: Contoso, domain: contoso.com }
clients:
  - { id: 11111111-2222-4333-8444-555555555555, secret: s3cret, permissions: [User.Read.All] }
"""
        with Tenant(seed=seed, tls=True) as tenant:
            options = {
                "authority": tenant.endpoint,
                "disable_instance_discovery": True,
                "connection_verify": tenant.certificates,
            }
            known = "11111111-2222-4333-8444-555555555555"
            with ClientSecretCredential(tenant.tenant_id, known, "s3cret", **options) as credential:
                self.assertEqual(claims(credential.get_token(GRAPH).token)["roles"], ["User.Read.All"])
            with ClientSecretCredential(tenant.tenant_id, known, "wrong", **options) as credential:
                with self.assertRaisesRegex(ClientAuthenticationError, "AADSTS7000215"):
                    credential.get_token(GRAPH)
            unknown = "99999999-2222-4333-8444-555555555555"
            with ClientSecretCredential(tenant.tenant_id, unknown, "s3cret", **options) as credential:
                with self.assertRaisesRegex(ClientAuthenticationError, "AADSTS700016"):
                    credential.get_token(GRAPH)


if __name__ == "__main__":
    unittest.main()
