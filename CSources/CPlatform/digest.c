// Message digests, by libmd. See digest.h.
#include "digest.h"

#include <sha2.h>
#include <string.h>
#include <sys/types.h>

void apus_sha256(const uint8_t *bytes, size_t count, uint8_t *out) {
    char text[SHA256_DIGEST_STRING_LENGTH];
    SHA256Data(bytes, count, text);
    memcpy(out, text, APUS_SHA256_DIGITS);
}
