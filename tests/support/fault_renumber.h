/*
 * A vendor's own numbers for the mechanisms of ML-DSA, as modules have that were made before PKCS#11 3.2.
 *
 * Kind vendor=NUMBER of C_SignInit and C_GenerateKeyPair: CKM_ML_DSA_KEY_PAIR_GEN and CKM_ML_DSA are known by
 * NUMBER and the standard's number together, and not by the standard's alone.
 */
#include <string.h>

/* Puts the standard's number in place of the vendor's into a copy of the CK_MECHANISM; gives whether there is such a
 * mechanism. */
static int renumber(unsigned long *mechanism, unsigned long vendor)
{
    static unsigned long copy[3];
    memcpy(copy, (const void *)*mechanism, sizeof copy);
    if (copy[0] == 0x1c || copy[0] == 0x1d) return 0;
    if (copy[0] == vendor + 0x1c || copy[0] == vendor + 0x1d) {
        copy[0] -= vendor;
        *mechanism = (unsigned long)copy;
    }
    return 1;
}
