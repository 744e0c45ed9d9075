// Where the hash's secret is kept. See hash.h.
#include "hash.h"
#include <string.h>

uint8_t apus_hash_secret[APUS_HASH_SECRET_BYTES];

void apus_hash_set_secret(const uint8_t *secret) { memcpy(apus_hash_secret, secret, APUS_HASH_SECRET_BYTES); }
