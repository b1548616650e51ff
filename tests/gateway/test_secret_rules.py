"""Every kind of text that is not a secret is found, and reported without being repeated."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bifrost_keys.gateway.providers.table import rules_for
from bifrost_keys.gateway.rules import secret, secret_mistakes
from bifrost_keys.gateway.rules.catalog import CODES
from bifrost_keys.gateway.rules.identity import value_rules
from bifrost_keys.gateway.rules.secret import given_faults, secret_faults, secret_warnings, text_mistakes

PEM = "-----BEGIN RSA PRIVATE KEY-----\nU0VOVElORUw=\n-----END RSA PRIVATE KEY-----\n"
CREDENTIAL = json.dumps({"type": "service_account", "private_key": "SENTINEL", "note": "é"}, indent=1)
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u2066\u180e\U000e0041"

# The text and the code of what is refused; the table fails when a code has no row.
REFUSED = [
    (" ", "value-blank"),
    ("\ufeffSENTINEL", "value-whitespace"),
    (" SENTINEL", "value-whitespace"),
    ("SENTINEL\u00a0", "value-whitespace"),
    ("SENT INEL", "value-whitespace"),
    ("SENT\nINEL", "value-control-characters"),
    ("SENT\tINEL", "value-control-characters"),
    ("SENTINEL\x7f", "value-control-characters"),
    ("\ud800SENTINEL", "value-not-text"),
    ("SENTINEL" * 8193, "value-too-long"),
    *((f"SENT{character}INEL", "value-unseen-characters") for character in INVISIBLE),
    *((f"SENTINEL{character}", "value-unseen-characters") for character in INVISIBLE),
    ("--SENT\nINEL", "value-control-characters"),
    ("SENT****INEL", "value-redacted"),
    ("********", "value-redacted"),
    ("*", "value-redacted"),
    ("<redacted>", "value-redacted"),
    ("[REDACTED]", "value-redacted"),
    ("sk-p...INEL", "value-redacted"),
    ("sk-…INEL", "value-redacted"),
    *((f"{pair[0]}SENTINEL{pair[1]}", "value-quoted") for pair in ('""', "''", "``", "“”", "„“", "‘’", "«»")),
    ("Bearer SENTINEL", "value-bearer"),
    ("bearer SENTINEL", "value-bearer"),
    ("Authorization: Bearer SENTINEL", "value-bearer"),
    ("OPENAI_API_KEY=SENTINEL", "value-assignment"),
    ("export OPENAI_API_KEY=SENTINEL", "value-assignment"),
    ("@SENTINEL.txt", "value-file"),
    ("$OPENAI_API_KEY", "value-unexpanded"),
    ("${OPENAI_API_KEY}", "value-unexpanded"),
    ("${OPENAI_API_KEY:-x}", "value-unexpanded"),
    ("$(SENTINEL)", "value-unexpanded"),
    ("%OPENAI_API_KEY%", "value-unexpanded"),
    ("env.", "reference-empty"),
    ("vault.", "reference-empty"),
    ("env.sk-SENTINEL", "reference-looks-secret"),
    ("env.gsk_SENTINEL", "reference-looks-secret"),
    ("env.aB3aB3aB3aB3aB3aB3aB3aB3a", "reference-looks-secret"),
    ("env.a0123456789abcdef0123456789abcde", "reference-looks-secret"),
    ("env.A0123456789ABCDEF0123456789ABCDE", "reference-looks-secret"),
    ("env.k3j9z0q1w8e7r2t6y5u4i3o2p1", "reference-looks-secret"),
    ("env.KEY_a0123456789abcdef0123456789abcde", "reference-looks-secret"),
    ("vault.sk-SENTINEL", "reference-looks-secret"),
    ("vault.secret/a0123456789abcdef0123456789abcde#k", "reference-looks-secret"),
    ("vault.a\nb", "value-control-characters"),
    ("env.MY-KEY", "reference-name"),
    ("env.1KEY", "reference-name"),
    ("env.env.KEY", "reference-name"),
    ("env.$KEY", "reference-name"),
    ("env.A\u200bB", "value-control-characters"),
]
WARNED = [
    ("--dry-run", "value-option"),
    ("--value=SENTINEL", "value-option"),
    ("os.environ/OPENAI_API_KEY", "value-foreign-reference"),
    ('os.environ["OPENAI_API_KEY"]', "value-foreign-reference"),
    ("ENV.OPENAI_API_KEY", "value-foreign-reference"),
    ("Env.OPENAI_API_KEY", "value-foreign-reference"),
    ("env:OPENAI_API_KEY", "value-foreign-reference"),
    ("env/OPENAI_API_KEY", "value-foreign-reference"),
    ("process.env.OPENAI_API_KEY", "value-foreign-reference"),
    ("{{OPENAI_API_KEY}}", "value-foreign-reference"),
    ("{env.OPENAI_API_KEY}", "value-foreign-reference"),
    ("{$OPENAI_API_KEY}", "value-foreign-reference"),
    ("op://vault/openai/key", "value-foreign-reference"),
    ("vault:secret/openai#key", "value-foreign-reference"),
    ("ref+vault://secret/openai", "value-foreign-reference"),
    ("arn:aws:secretsmanager:eu-west-1:1:secret:openai", "value-foreign-reference"),
    ("projects/p/secrets/openai/versions/1", "value-foreign-reference"),
    ("changeme", "value-placeholder"),
    ("CHANGE_ME", "value-placeholder"),
    ("your-key-here", "value-placeholder"),
    ("YOUR_OPENAI_API_KEY", "value-placeholder"),
    ("sk-your-api-key", "value-placeholder"),
    ("sk-...", "value-placeholder"),
    ("sk-xxxx", "value-placeholder"),
    ("sk-ant-xxxx-xxxx", "value-placeholder"),
    ("xxxxxxxx", "value-placeholder"),
    ("<your-key>", "value-placeholder"),
    ("<OPENAI_API_KEY>", "value-placeholder"),
    ("replace-with-your-key", "value-placeholder"),
    ("insert-api-key-here", "value-placeholder"),
    ("null", "value-placeholder"),
    ("undefined", "value-placeholder"),
    ("ENC[AES256_GCM,data:SENTINEL,type:str]", "value-foreign-reference"),
    ("secretref:openai-key", "value-foreign-reference"),
    ("/run/secrets/openai", "value-foreign-reference"),
    ("~/.secrets/openai", "value-foreign-reference"),
    ("c2stU0VOVElORUwtMDEyMzQ1Njc4OWFiY2RlZg==", "value-encoded"),
    ("Z3NrX1NFTlRJTkVMMDEyMzQ1Njc4OWFiCg==", "value-encoded"),
    ("sk-SENTINEL-0123456789,", "value-copied"),
    ("sk-SENTINEL-0123456789;", "value-copied"),
    ("sk-SENTINEL-0123456789\\n", "value-copied"),
    ("OPENAI_API_KEY", "value-variable-name"),
    ("OPENAI_API_KEY_2", "value-variable-name"),
    ("vault.secret/openai", "reference-vault"),
    ("vault.secret/data/openai#key", "reference-vault"),
]
SOUND = [
    "",
    "sk-proj-SENTINEL0123456789",
    "SENTINELabc==",
    "a=",
    "a0123456789abcdef0123456789abcde",
    "sk-\\n-SENTINEL",
    '{"value":"SENTINEL"}',
    "env.OPENAI_API_KEY",
    "env._x1",
    "env.aB3_aB3aB3aB3aB3aB3aB3aB3a",
    "env.AZURE_OPENAI_API_KEY_EASTUS2_PRODUCTION",
    "SENTINEL$x",
    "100%SENTINEL%",
    "SENTINEL@host",
    "-SENTINEL",
    "dummy",
    "EMPTY",
    "sk-é模😀-SENTINEL",  # no header carries it, and the gateway starts with it
]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_a_text_that_cannot_be_a_secret_is_refused(text: str, code: str) -> None:
    assert [(fault.code, fault.refused) for fault in secret_faults(text, ("value",))] == [(code, True)]


@pytest.mark.parametrize(("text", "code"), WARNED)
def test_a_text_that_is_hardly_a_secret_gets_a_warning(text: str, code: str) -> None:
    (fault,) = secret_faults(text, ("value",))
    assert (fault.code, fault.severity, fault.refused) == (code, "warning", False)


@pytest.mark.parametrize("text", SOUND)
def test_a_sound_secret_has_no_fault(text: str) -> None:
    assert secret_faults(text, ("value",)) == []


@pytest.mark.parametrize(("text", "code"), [*REFUSED, *WARNED])
def test_no_message_repeats_the_text(text: str, code: str) -> None:
    told = [
        (fault.message, fault.hint) for fault in secret_faults(text, ("azure_key_config", "client_secret"))
    ]
    assert told
    assert "SENTINEL" not in repr(told)
    assert "{" not in repr(told)


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("auth_credentials", CREDENTIAL, None),
        ("auth_credentials", '{"type": "SENTINEL"}', "credentials-type"),
        ("auth_credentials", "/run/SENTINEL.json", "credentials-invalid"),
        ("auth_credentials", '{"no": "SENTINEL"}', "credentials-invalid"),
        ("auth_credentials", "[" * 100_00, "credentials-invalid"),
        ("auth_credentials", "$SENTINEL", "value-unexpanded"),
        ("auth_credentials", f"\u200b{CREDENTIAL}", "value-unseen-characters"),
        ("auth_credentials", f"'{CREDENTIAL}'", "value-quoted"),
        ("private_key", PEM, None),
        ("private_key", PEM.replace("\n", "\\n"), None),
        ("private_key", PEM.replace("RSA ", ""), None),
        ("private_key", "SENTINEL", "private-key-invalid"),
        ("private_key", PEM.replace("RSA", "EC"), "private-key-invalid"),
        ("private_key", "@SENTINEL.pem", "value-file"),
        ("client_secret", PEM, "value-control-characters"),
    ],
)
def test_each_form_of_a_secret_has_its_own_rule(field: str, text: str, code: str | None) -> None:
    assert [fault.code for fault in secret_faults(text, ("any_key_config", field))] == [code] * bool(code)


@pytest.mark.parametrize(
    ("field", "hint"),
    [("value", "--value-file PATH reads"), ("client_secret", "--client-secret-file PATH reads")],
)
def test_a_files_name_gets_the_option_that_was_meant(field: str, hint: str) -> None:
    assert hint in secret_faults("@SENTINEL", (field,))[0].hint


@pytest.mark.parametrize(
    ("text", "field", "codes"),
    [
        ("sk-é-SENTINEL", "value", ["value-not-ascii"]),
        ("sk-SENTINEL", "value", []),
        ("env.É", "value", []),
        ("é", "auth_credentials", []),
    ],
)
def test_a_secret_given_by_itself_is_ascii(text: str, field: str, codes: list[str]) -> None:
    assert [fault.code for fault in given_faults(text, (field,))] == codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${AZURE_ENDPOINT}", "value-unexpanded"),
        ("os.environ/AZURE_ENDPOINT", "value-foreign-reference"),
        ("“https://x.example”", "value-quoted"),
        ("arn****1", "value-redacted"),
        ("https://x.example/a?b=c", None),
        ("@x", None),
    ],
)
def test_mistakes_in_an_address_are_found(text: str, code: str | None) -> None:
    assert [fault.code for fault in text_mistakes(text, ("url",))] == [code] * bool(code)


@pytest.mark.parametrize(
    ("text", "provider", "code"),
    [
        ("sk-or-v1-SENTINEL", "openai", "value-other-provider"),
        ("sk-ant-SENTINEL", "openai", "value-other-provider"),
        ("sk-proj-SENTINEL", "anthropic", "value-other-provider"),
        ("sk-svcacct-SENTINEL", "groq", "value-other-provider"),
        ("gsk_SENTINEL", "openai", "value-other-provider"),
        ("AIzaSENTINEL", "openai", "value-other-provider"),
        ("xai-SENTINEL", "groq", "value-other-provider"),
        ("pplx-SENTINEL", "openai", "value-other-provider"),
        ("r8_SENTINEL", "openai", "value-other-provider"),
        ("hf_SENTINEL", "openai", "value-other-provider"),
        ("sk-bf-SENTINEL", "openai", "value-virtual-key"),
        ("sk-SENTINEL", "anthropic", None),
        ("AIzaSENTINEL", "vertex", None),
        ("sk-or-v1-SENTINEL", "openrouter", None),
    ],
)
def test_another_providers_key_gets_a_warning(text: str, provider: str, code: str | None) -> None:
    found = secret_warnings(text, provider, ("value",))
    assert [(fault.code, fault.refused) for fault in found] == [(code, False)] * bool(code)


def test_a_custom_provider_takes_anybodys_keys() -> None:
    settings = {"custom_provider_config": {"base_provider_type": "openai"}}
    entry = {"name": "k", "value": "sk-or-v1-SENTINEL"}
    custom, standard = rules_for("mine", settings), rules_for("openai", {})
    assert custom is not None
    assert standard is not None
    assert value_rules(entry, custom) == []
    assert [fault.code for fault in value_rules(entry, standard)] == ["value-other-provider"]


def test_every_code_of_the_rules_has_a_row_here_and_in_the_table() -> None:
    source = "".join(Path(module.__file__).read_text() for module in (secret, secret_mistakes))
    used = set(re.findall(r'"((?:value|reference|credentials|private-key)-[a-z-]+)"', source))
    here = {code for _, code in (*REFUSED, *WARNED)}
    beside = {"credentials-type", "credentials-invalid", "private-key-invalid"}
    beside |= {"value-not-ascii", "value-virtual-key", "value-other-provider"}
    assert used == here | beside
    assert used <= CODES.keys()
    severities = {
        fault.code: fault.severity for text, _ in (*REFUSED, *WARNED) for fault in secret_faults(text, ("v",))
    }
    assert {code: CODES[code][0] for code in severities} == severities
