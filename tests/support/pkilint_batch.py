"""pkilint over many objects in one process, since starting it takes half a second and linting a hundredth.

Reads lines of JSON from standard input, {"linter": LINTER, "type": TYPE, "der": BASE64}, and writes one line for
each, in their order: {"findings": [[SEVERITY, CODE], ...]} with what pkilint finds from NOTICE on, sorted, or
{"unreadable": REASON}. The linters are what pkilint's own programs (pkilint.bin) put together, with the same
validators and filters; TYPE is what their option --type takes, or empty for what they find by themselves.
"""

import base64
import functools
import json
import sys

from pkilint import etsi, finding_filter, loader, pkix
from pkilint.cabf import cabf_crl, serverauth, smime
from pkilint.cabf.serverauth import serverauth_constants
from pkilint.cabf.smime import smime_constants
from pkilint.etsi import etsi_constants
from pkilint.pkix import certificate, crl, extension, name, ocsp
from pkilint.validation import ValidationFindingSeverity

NO_FILTERS = ()


def decoders():
    return [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]


@functools.cache
def pkix_linter():
    validator = certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(
            name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS
        ),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )
    return validator, NO_FILTERS


@functools.cache
def serverauth_linter(kind):
    validator = certificate.create_pkix_certificate_validator_container(
        serverauth.create_decoding_validators(), serverauth.create_validators(kind)
    )
    return validator, serverauth.create_serverauth_finding_filters(kind)


@functools.cache
def smime_linter(level, generation):
    validator = certificate.create_pkix_certificate_validator_container(
        smime.create_decoding_validators(),
        smime.create_subscriber_validators(level, generation),
    )
    return validator, NO_FILTERS


@functools.cache
def etsi_linter(kind):
    validator = certificate.create_pkix_certificate_validator_container(
        etsi.create_decoding_validators(kind), etsi.create_validators(kind)
    )
    return validator, etsi.create_etsi_finding_filters(kind)


@functools.cache
def crl_linter(kind, profile):
    validity, whole = [], []
    kind = crl.CertificateRevocationListType[kind]
    if profile == "BR":
        whole.append(cabf_crl.CabfCrlReasonCodeAllowlistValidator(kind))
        validity.append(cabf_crl.create_validity_period_validator(kind))
    containers = [
        crl.create_issuer_validator_container([]),
        crl.create_validity_validator_container(validity),
        crl.create_extensions_validator_container([]),
    ]
    validator = crl.create_pkix_crl_validator_container(decoders(), containers + whole)
    return validator, NO_FILTERS


@functools.cache
def ocsp_linter():
    decoding = [ocsp.create_response_decoder()] + decoders()
    return ocsp.create_pkix_ocsp_response_validator_container(decoding, []), NO_FILTERS


def chosen(linter, kind, der):
    """The object read, with the validator and the filters that judge it."""
    if linter == "crl":
        return loader.RFC5280CertificateListDocumentLoader().load_der_document(der), crl_linter(*kind.split())
    if linter == "ocsp":
        return loader.RFC6960OCSPResponseDocumentLoader().load_der_document(der), ocsp_linter()
    document = loader.RFC5280CertificateDocumentLoader().load_der_document(der)
    if linter == "pkix":
        return document, pkix_linter()
    if linter == "serverauth":
        types = serverauth_constants.CertificateType
        found = types.from_option_str(kind) if kind else serverauth.determine_certificate_type(document)
        return document, serverauth_linter(found)
    if linter == "smime":
        if not kind:
            return document, smime_linter(*smime.guess_validation_level_and_generation(document, None))
        level, generation = kind.split("-", maxsplit=1)
        levels, generations = smime_constants.ValidationLevel, smime_constants.Generation
        return document, smime_linter(levels[level], generations[generation])
    if linter == "etsi":
        types = etsi_constants.CertificateType
        found = types.from_option_str(kind) if kind else etsi.determine_certificate_type(document)
        return document, etsi_linter(found)
    sys.exit(f"no linter {linter}")


def findings(task):
    try:
        der = base64.b64decode(task["der"])
        document, (validator, filters) = chosen(task["linter"], task["type"], der)
        results = validator.validate(document.root)
        if filters:
            results, _ = finding_filter.filter_results(filters, results)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the panic of pkilint's own decoder, which is in Rust, is no Exception
        return {"unreadable": f"{type(error).__name__}: {error}"}
    found = [
        [str(one.finding.severity), one.finding.code]
        for result in results
        for one in result.finding_descriptions
        if one.finding.severity <= ValidationFindingSeverity.NOTICE
    ]
    return {"findings": sorted(found)}


for line in sys.stdin:
    print(json.dumps(findings(json.loads(line))), flush=True)
