#include "hash.h"

uint8_t apus_hash_secret[APUS_HASH_SECRET_BYTES];
