/* What the parts of the fault module share: PKCS#11's structures as far as they are touched, and the fault. */
#ifndef FAULT_H
#define FAULT_H

#include <stddef.h>

typedef unsigned long ul;
typedef ul (*function)(ul, ul, ul, ul, ul, ul, ul, ul);

/* CKR_ values that faults answer with (PKCS#11 3.1, pkcs11t.h). */
#define OK 0x0UL
#define GENERAL_ERROR 0x5UL
#define ARGUMENTS_BAD 0x7UL
#define ATTRIBUTE_SENSITIVE 0x11UL
#define ATTRIBUTE_TYPE_INVALID 0x12UL
#define MECHANISM_INVALID 0x70UL
#define SESSION_COUNT 0xb1UL
#define TOKEN_WRITE_PROTECTED 0xe2UL
#define BUFFER_TOO_SMALL 0x150UL

/* CKA_ and CKO_ values. */
#define CLASS 0x0UL
#define TOKEN 0x1UL
#define PRIVATE 0x2UL
#define LABEL 0x3UL
#define KEY_TYPE 0x100UL
#define ID 0x102UL
#define SENSITIVE 0x103UL
#define SIGN 0x108UL
#define MODULUS_BITS 0x121UL
#define PUBLIC_EXPONENT 0x122UL
#define EXTRACTABLE 0x162UL
#define EC_PARAMS 0x180UL
#define PRIVATE_KEY 0x3UL

/* A handle of nothing. */
#define GHOST 0xdeadUL

/* CK_ATTRIBUTE. */
struct attribute {
    ul type;
    void *value;
    ul length;
};

/* CK_MECHANISM. */
struct mechanism {
    ul type;
    void *parameter;
    ul length;
};

/* The functions by their place in CK_FUNCTION_LIST (PKCS#11 2.40). */
#define FUNCTIONS(X) \
    X(0, Initialize) X(1, Finalize) X(2, GetInfo) X(3, GetFunctionList) X(4, GetSlotList) \
    X(5, GetSlotInfo) X(6, GetTokenInfo) X(7, GetMechanismList) X(8, GetMechanismInfo) X(9, InitToken) \
    X(10, InitPIN) X(11, SetPIN) X(12, OpenSession) X(13, CloseSession) X(14, CloseAllSessions) \
    X(15, GetSessionInfo) X(16, GetOperationState) X(17, SetOperationState) X(18, Login) X(19, Logout) \
    X(20, CreateObject) X(21, CopyObject) X(22, DestroyObject) X(23, GetObjectSize) \
    X(24, GetAttributeValue) X(25, SetAttributeValue) X(26, FindObjectsInit) X(27, FindObjects) \
    X(28, FindObjectsFinal) X(29, EncryptInit) X(30, Encrypt) X(31, EncryptUpdate) X(32, EncryptFinal) \
    X(33, DecryptInit) X(34, Decrypt) X(35, DecryptUpdate) X(36, DecryptFinal) X(37, DigestInit) \
    X(38, Digest) X(39, DigestUpdate) X(40, DigestKey) X(41, DigestFinal) X(42, SignInit) X(43, Sign) \
    X(44, SignUpdate) X(45, SignFinal) X(46, SignRecoverInit) X(47, SignRecover) X(48, VerifyInit) \
    X(49, Verify) X(50, VerifyUpdate) X(51, VerifyFinal) X(52, VerifyRecoverInit) X(53, VerifyRecover) \
    X(54, DigestEncryptUpdate) X(55, DecryptDigestUpdate) X(56, SignEncryptUpdate) \
    X(57, DecryptVerifyUpdate) X(58, GenerateKey) X(59, GenerateKeyPair) X(60, WrapKey) X(61, UnwrapKey) \
    X(62, DeriveKey) X(63, SeedRandom) X(64, GenerateRandom) X(65, GetFunctionStatus) \
    X(66, CancelFunction) X(67, WaitForSlotEvent)
#define COUNT 68
enum {
#define X(number, name) N_##name = number,
    FUNCTIONS(X)
#undef X
};

/* CK_FUNCTION_LIST. */
struct list {
    unsigned char major, minor;
    function functions[COUNT];
};

/* The fault that is to be committed in this call. */
struct fault {
    char kind[32];
    /* `=A/B`; whether there is an A. */
    int given;
    ul a, b;
    /* Set once it has been committed. */
    int committed;
    int number;
};

/* A call on its way: the function, its arguments, and what it has returned. */
struct call {
    int number;
    ul arguments[8];
    ul rv;
};

extern const char *const names[COUNT];
extern struct list *real;

/* fault.c: counts and records the call, and finds the fault for it. */
void begin(int number, struct fault *fault);
/* Whether the fault is of this kind; says so in the record, once, as `!NAME:KIND`. */
int is(struct fault *fault, const char *kind);
/* The same, without a record: for kinds that may find nothing to do. */
int may_be(const struct fault *fault, const char *kind);
void commit(struct fault *fault);
/* Whether any call of the function is to have the fault `missing`. */
int missing(int number);

/* process.c: what ends, stops or disturbs the process. */
void disturb(struct fault *fault);
/* The rest: before(...) may change arguments, or answer by itself and return 1; after(...) changes what the
 * real module has answered. */
int session_before(struct fault *fault, struct call *call);
void session_after(struct fault *fault, struct call *call);
void token_after(struct fault *fault, struct call *call);
int objects_before(struct fault *fault, struct call *call);
void objects_after(struct fault *fault, struct call *call);
void attributes_after(struct fault *fault, struct call *call);
int birth_before(struct fault *fault, struct call *call);
void birth_after(struct fault *fault, struct call *call);
int signature_before(struct fault *fault, struct call *call);
void signature_after(struct fault *fault, struct call *call);

/* objects.c: the other objects of this class than the given one; how many there are, at most OTHERS. */
#define OTHERS 64
ul others(ul session, ul class, ul object, ul *handles);
/* attributes.c: the value of an attribute of an object; its length, or 0 if there is none. */
ul read_value(ul session, ul object, ul type, unsigned char *value, ul octets);

#endif
