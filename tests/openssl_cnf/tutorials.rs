//! Configurations as they are common, in our own words: that of a root and an intermediate as tutorials have them, the
//! default one of distributions, that of easy-rsa, and one with everything that an extension section can have.

/// The paths and settings of every CA here.
const PATHS: &str = "
dir = .
database = $dir/index.txt
new_certs_dir = $dir/newcerts
serial = $dir/serial
certificate = $dir/ca.pem
private_key = $dir/ca.key
default_md = sha256
";

/// As a tutorial has it for a root of which intermediate CAs are made.
pub(crate) fn root() -> String {
    format!(
        "[ ca ]\ndefault_ca = CA_default\n\n[ CA_default ]{PATHS}
name_opt = ca_default
cert_opt = ca_default
default_days = 375
preserve = no
policy = policy_strict

[ policy_strict ]
countryName = match
stateOrProvinceName = match
organizationName = match
organizationalUnitName = optional
commonName = supplied
emailAddress = optional

[ req ]
distinguished_name = req_distinguished_name
string_mask = utf8only
x509_extensions = v3_ca

[ req_distinguished_name ]
countryName = Country Name (2 letter code)

[ v3_ca ]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer
basicConstraints = critical, CA:true
keyUsage = critical, digitalSignature, cRLSign, keyCertSign

[ v3_intermediate_ca ]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, digitalSignature, cRLSign, keyCertSign
"
    )
}

/// As a tutorial has it for an intermediate that issues to servers, people and an OCSP responder.
pub(crate) fn intermediate() -> String {
    format!(
        "[ ca ]\ndefault_ca = CA_default\n\n[ CA_default ]{PATHS}
default_days = 375
preserve = no
policy = policy_loose

[ policy_loose ]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
emailAddress = optional

[ usr_cert ]
basicConstraints = CA:FALSE
nsCertType = client, email
nsComment = \"OpenSSL Generated Client Certificate\"
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer
keyUsage = critical, nonRepudiation, digitalSignature, keyEncipherment
extendedKeyUsage = clientAuth, emailProtection

[ server_cert ]
basicConstraints = CA:FALSE
nsCertType = server
nsComment = \"OpenSSL Generated Server Certificate\"
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer:always
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth

[ ocsp ]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, OCSPSigning

[ tsa ]
basicConstraints = critical, CA:FALSE
authorityKeyIdentifier = keyid
keyUsage = critical, nonRepudiation
extendedKeyUsage = critical, timeStamping
"
    )
}

/// As distributions ship it: an extension section that says little, and a policy that matches.
pub(crate) fn distribution() -> String {
    format!(
        "HOME = .\nopenssl_conf = openssl_init\noid_section = new_oids\n\n[ new_oids ]\ntsa_policy1 = 1.2.3.4.1\n
[ openssl_init ]\n\n[ ca ]\ndefault_ca = CA_default\n\n[ CA_default ]{PATHS}
x509_extensions = usr_cert
default_days = 365
default_crl_days = 30
preserve = no
policy = policy_match

[ policy_match ]
countryName = match
stateOrProvinceName = match
organizationName = match
organizationalUnitName = optional
commonName = supplied
emailAddress = optional

[ req ]
x509_extensions = v3_ca

[ usr_cert ]
basicConstraints=CA:FALSE
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid,issuer

[ v3_req ]
basicConstraints = CA:FALSE
keyUsage = nonRepudiation, digitalSignature, keyEncipherment

[ v3_ca ]
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid:always,issuer
basicConstraints = critical,CA:true

[ proxy_cert_ext ]
basicConstraints=CA:FALSE
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid,issuer
proxyCertInfo=critical,language:id-ppl-anyLanguage,pathlen:3,policy:text:foo
"
    )
}

/// Everything that x509v3_config(5) has and a certificate of a CA or of an end entity can have.
pub(crate) fn everything() -> String {
    format!(
        "oid_section = oids\nopenssl_conf = start\nbase = http://pki.example.test\n\n[ oids ]\nhousePolicy = 1.2.3.4.1\n
[ start ]\noid_section = long\n[ long ]\nother = The Other Policy, 1.2.3.4.2\n
[ ca ]\ndefault_ca = house\n\n[ house ]{PATHS}
default_days = 90
copy_extensions = copy
policy = policy_any
x509_extensions = server

[ policy_any ]
C = optional
O = optional
CN = supplied

[ server ]
basicConstraints = critical, CA:FALSE
subjectKeyIdentifier = none
authorityKeyIdentifier = keyid
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, 1.3.6.1.5.5.7.3.2
certificatePolicies = housePolicy, other, @statement
crlDistributionPoints = @points
authorityInfoAccess = OCSP;URI:http://ocsp.example.test/, caIssuers;URI:$base/ca.cer
tlsfeature = status_request
issuerAltName = URI:https://www.example.test/, email:pki@example.test
1.3.6.1.4.1.99999.1 = ASN1:UTF8String:some text, with a comma
1.3.6.1.4.1.99999.2 = critical, DER:02:01:05
1.3.6.1.4.1.99999.3 = ASN1:SEQUENCE:parts

[ statement ]
policyIdentifier = 1.2.3.4.3
CPS.1 = $base/cps

[ points ]
URI.0 = $base/ca.crl

[ parts ]
one = INTEGER:5
two = OCTWRAP,UTF8:x
three = EXP:1,BOOL:TRUE
four = FORMAT:HEX,OCT:00ff
five = OID:1.2.3

[ sub ]
basicConstraints = critical, CA:TRUE, pathlen:1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = serverAuth, clientAuth
certificatePolicies = 1.2.3.4.1
policyConstraints = critical, requireExplicitPolicy:0, inhibitPolicyMapping:1
inhibitAnyPolicy = critical, 2
nameConstraints = critical, @space
crlDistributionPoints = one_point
policyMappings = critical, 1.2.3.4.1:1.2.3.5.1

[ space ]
permitted;DNS.0 = example.test
permitted;DNS.1 = example.com
permitted;email = .example.test
excluded;IP.0 = 192.0.2.0/255.255.255.0
excluded;IP.1 = 2001:db8::/ffff:ffff::
permitted;dirName = place

[ place ]
countryName = AT
1.organizationName = Example

[ one_point ]
fullname = URI:http://a.example.test/ca.crl, URI:http://b.example.test/ca.crl

[ fixed_names ]
basicConstraints = critical, CA:FALSE
authorityKeyIdentifier = keyid
subjectAltName = DNS:www.example.test, DNS:*.example.test, IP:192.0.2.1

[ lost ]
basicConstraints = CA:FALSE, pathlen:3
authorityKeyIdentifier = keyid
keyUsage = digitalSignature, keyCertSign, keyAgreement
extendedKeyUsage = serverAuth, OCSPSigning
crlDistributionPoints = ldap_point
authorityInfoAccess = caIssuers;URI:ldap://ldap.example.test/cn=ca
nameConstraints = permitted;DNS:example.test
subjectAltName = email:copy
issuerAltName = issuer:copy
certificatePolicies = @wordy
noCheck = ignored
sbgp-autonomousSysNum = critical, AS:64496
1.2.3.4 = ASN1:VISIBLE:x
2.5.29.15 = DER:03:02:07:80
nsComment = with \\\"quotes\\\"\\nand lines

[ ldap_point ]
fullname = URI:ldap://ldap.example.test/cn=crl
reasons = keyCompromise

[ wordy ]
policyIdentifier = 1.2.3.4
CPS.1 = http://a.example.test/
CPS.2 = http://b.example.test/
userNotice.1 = @words

[ words ]
explicitText = UTF8:short words
organization = Example
noticeNumbers = 1, 2
"
    )
}
