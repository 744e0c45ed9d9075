// Doubles to text: the Grisu2 algorithm (F. Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with
// Integers", 2010) and Redis's choice between plain and scientific notation.
//
// Grisu2's digits always read back as the same value and are the shortest possible in 99.9 % of all cases. An algorithm
// that is always shortest would be as fast, but its text would sometimes differ from what Redis, Valkey and their
// clients' tests print, which use Grisu2 as well.
#include "integers.h"
#include "text.h"

#include <math.h>
#include <string.h>

// A number significand * 2^exponent.
typedef struct scaled {
    uint64_t significand;
    int exponent;
} scaled;

enum {
    POWER_FIRST = -348,  // decimal exponent of powers[0]
    POWER_STEP = 8,
    POWER_COUNT = 87,
    // Where the product of a value and its power must lie so that its integral part fits 32 bits.
    EXPONENT_MIN = -60,
    EXPONENT_MAX = -32,
    DIGITS_MAX = 18,
};

// 10^-348, 10^-340, ... 10^340, normalised and rounded to 64 bits.
static const scaled powers[POWER_COUNT] = {
    {0xfa8fd5a0081c0288, -1220}, {0xbaaee17fa23ebf76, -1193}, {0x8b16fb203055ac76, -1166},
    {0xcf42894a5dce35ea, -1140}, {0x9a6bb0aa55653b2d, -1113}, {0xe61acf033d1a45df, -1087},
    {0xab70fe17c79ac6ca, -1060}, {0xff77b1fcbebcdc4f, -1034}, {0xbe5691ef416bd60c, -1007},
    {0x8dd01fad907ffc3c, -980}, {0xd3515c2831559a83, -954}, {0x9d71ac8fada6c9b5, -927}, {0xea9c227723ee8bcb, -901},
    {0xaecc49914078536d, -874}, {0x823c12795db6ce57, -847}, {0xc21094364dfb5637, -821}, {0x9096ea6f3848984f, -794},
    {0xd77485cb25823ac7, -768}, {0xa086cfcd97bf97f4, -741}, {0xef340a98172aace5, -715}, {0xb23867fb2a35b28e, -688},
    {0x84c8d4dfd2c63f3b, -661}, {0xc5dd44271ad3cdba, -635}, {0x936b9fcebb25c996, -608}, {0xdbac6c247d62a584, -582},
    {0xa3ab66580d5fdaf6, -555}, {0xf3e2f893dec3f126, -529}, {0xb5b5ada8aaff80b8, -502}, {0x87625f056c7c4a8b, -475},
    {0xc9bcff6034c13053, -449}, {0x964e858c91ba2655, -422}, {0xdff9772470297ebd, -396}, {0xa6dfbd9fb8e5b88f, -369},
    {0xf8a95fcf88747d94, -343}, {0xb94470938fa89bcf, -316}, {0x8a08f0f8bf0f156b, -289}, {0xcdb02555653131b6, -263},
    {0x993fe2c6d07b7fac, -236}, {0xe45c10c42a2b3b06, -210}, {0xaa242499697392d3, -183}, {0xfd87b5f28300ca0e, -157},
    {0xbce5086492111aeb, -130}, {0x8cbccc096f5088cc, -103}, {0xd1b71758e219652c, -77}, {0x9c40000000000000, -50},
    {0xe8d4a51000000000, -24}, {0xad78ebc5ac620000, 3}, {0x813f3978f8940984, 30}, {0xc097ce7bc90715b3, 56},
    {0x8f7e32ce7bea5c70, 83}, {0xd5d238a4abe98068, 109}, {0x9f4f2726179a2245, 136}, {0xed63a231d4c4fb27, 162},
    {0xb0de65388cc8ada8, 189}, {0x83c7088e1aab65db, 216}, {0xc45d1df942711d9a, 242}, {0x924d692ca61be758, 269},
    {0xda01ee641a708dea, 295}, {0xa26da3999aef774a, 322}, {0xf209787bb47d6b85, 348}, {0xb454e4a179dd1877, 375},
    {0x865b86925b9bc5c2, 402}, {0xc83553c5c8965d3d, 428}, {0x952ab45cfa97a0b3, 455}, {0xde469fbd99a05fe3, 481},
    {0xa59bc234db398c25, 508}, {0xf6c69a72a3989f5c, 534}, {0xb7dcbf5354e9bece, 561}, {0x88fcf317f22241e2, 588},
    {0xcc20ce9bd35c78a5, 614}, {0x98165af37b2153df, 641}, {0xe2a0b5dc971f303a, 667}, {0xa8d9d1535ce3b396, 694},
    {0xfb9b7cd9a4a7443c, 720}, {0xbb764c4ca7a44410, 747}, {0x8bab8eefb6409c1a, 774}, {0xd01fef10a657842c, 800},
    {0x9b10a4e5e9913129, 827}, {0xe7109bfba19c0c9d, 853}, {0xac2820d9623bf429, 880}, {0x80444b5e7aa7cf85, 907},
    {0xbf21e44003acdd2d, 933}, {0x8e679c2f5e44ff8f, 960}, {0xd433179d9c8cb841, 986}, {0x9e19db92b4e31ba9, 1013},
    {0xeb96bf6ebadf77d9, 1039}, {0xaf87023b9bf0ee6b, 1066}
};

static const uint64_t tens[20] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
    10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
    10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000u};

static scaled normalised(scaled value) {
    int shift = __builtin_clzll(value.significand);
    return (scaled){value.significand << shift, value.exponent - shift};
}

static scaled product(scaled left, scaled right) {
    unsigned __int128 wide = (unsigned __int128)left.significand * right.significand;
    wide += (unsigned __int128)1 << 63;  // round to nearest
    return (scaled){(uint64_t)(wide >> 64), left.exponent + right.exponent + 64};
}

// The cached power that brings a number of this binary exponent into the range, and its decimal exponent.
static scaled power_for(int exponent, int *decimal) {
    int approximate = (int)(-(exponent + POWER_COUNT) * 0.30102999566398114);
    int index = (approximate - POWER_FIRST) / POWER_STEP;
    for (;;) {
        int reached = exponent + powers[index].exponent + 64;
        if (reached < EXPONENT_MIN) {
            index++;
        } else if (reached > EXPONENT_MAX) {
            index--;
        } else {
            *decimal = POWER_FIRST + index * POWER_STEP;
            return powers[index];
        }
    }
}

// Moves the last digit towards the exact value while that stays within the interval.
static void round_last(uint8_t *last, uint64_t delta, uint64_t rest, uint64_t unit, uint64_t distance) {
    while (rest < distance && delta - rest >= unit &&
           (rest + unit < distance || distance - rest > rest + unit - distance)) {
        (*last)--;
        rest += unit;
    }
}

// The shortest digits between low and high, as near to value as they get; *decimal is scaled by what is left over.
static int generate(scaled value, scaled low, scaled high, uint8_t *digits, int *decimal) {
    uint64_t distance = high.significand - value.significand;
    uint64_t delta = high.significand - low.significand;
    int shift = -high.exponent;
    uint64_t one = 1ull << shift;
    uint64_t integral = high.significand >> shift;
    uint64_t fraction = high.significand & (one - 1);
    int count = 0;
    for (int left = 9; left >= 0; left--) {
        uint64_t digit = integral / tens[left];
        if (digit || count) digits[count++] = (uint8_t)('0' + digit);
        integral -= digit * tens[left];
        uint64_t rest = (integral << shift) + fraction;
        if (rest <= delta) {
            *decimal += left;
            round_last(digits + count - 1, delta, rest, tens[left] << shift, distance);
            return count;
        }
    }
    for (int scale = 1;; scale++) {
        fraction *= 10;
        delta *= 10;
        uint64_t digit = fraction >> shift;
        if (digit || count) digits[count++] = (uint8_t)('0' + digit);
        fraction &= one - 1;
        if (fraction < delta) {
            *decimal -= scale;
            round_last(digits + count - 1, delta, fraction, one, distance * tens[scale]);
            return count;
        }
    }
}

// The digits of a positive finite value, and the decimal exponent of the last one.
static int shortest(double number, uint8_t *digits, int *decimal) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    int biased = (int)(bits >> 52 & 0x7ff);
    uint64_t fraction = bits & ((1ull << 52) - 1);
    scaled value = biased ? (scaled){fraction | 1ull << 52, biased - 1075} : (scaled){fraction, -1074};
    // The neighbours' midpoints; the one below is nearer when the significand is a power of two.
    scaled high = normalised((scaled){(value.significand << 1) + 1, value.exponent - 1});
    bool is_narrow = value.significand == 1ull << 52;
    scaled low = is_narrow ? (scaled){(value.significand << 2) - 1, value.exponent - 2}
                           : (scaled){(value.significand << 1) - 1, value.exponent - 1};
    low.significand <<= low.exponent - high.exponent;
    low.exponent = high.exponent;
    value = normalised(value);

    int power_decimal;
    scaled power = power_for(high.exponent, &power_decimal);
    value = product(value, power);
    low = product(low, power);
    high = product(high, power);
    // The products are off by at most one: stay inside.
    low.significand++;
    high.significand--;
    *decimal = -power_decimal;
    return generate(value, low, high, digits, decimal);
}

// Digits and exponent as text: plain while that is not much longer, else scientific.
static size_t emit(const uint8_t *digits, int count, int decimal, uint8_t *out) {
    int exponent = decimal + count - 1;  // of the first digit
    int magnitude = exponent < 0 ? -exponent : exponent;
    uint8_t *at = out;
    if (decimal >= 0 && magnitude < count + 7) {
        memcpy(at, digits, (size_t)count);
        memset(at + count, '0', (size_t)decimal);
        return (size_t)(count + decimal);
    }
    if (decimal < 0 && (decimal > -7 || magnitude < 4)) {
        int point = count + decimal;  // digits before the point
        if (point <= 0) {
            *at++ = '0';
            *at++ = '.';
            memset(at, '0', (size_t)-point);
            at += -point;
            memcpy(at, digits, (size_t)count);
            return (size_t)(at + count - out);
        }
        memcpy(at, digits, (size_t)point);
        at[point] = '.';
        memcpy(at + point + 1, digits + point, (size_t)(count - point));
        return (size_t)count + 1;
    }
    *at++ = digits[0];
    if (count > 1) {
        *at++ = '.';
        memcpy(at, digits + 1, (size_t)(count - 1));
        at += count - 1;
    }
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    at += apus_format_uint64((uint64_t)magnitude, at);
    return (size_t)(at - out);
}

size_t apus_format_double(double value, uint8_t *out) {
    // Integers that Redis prints as such: half the range of int64, so that its check is exact in double arithmetic.
    const double integer_max = 4611686018427387904.0;
    if (value >= -integer_max && value <= integer_max) {
        int64_t integer = (int64_t)value;
        if (value == 0 && signbit(value)) {
            memcpy(out, "-0", 2);
            return 2;
        }
        if ((double)integer == value) return apus_format_int64(integer, out);
    }
    if (isnan(value)) {
        memcpy(out, "nan", 3);
        return 3;
    }
    size_t sign = value < 0;
    *out = '-';
    out += sign;
    if (isinf(value)) {
        memcpy(out, "inf", 3);
        return sign + 3;
    }
    uint8_t digits[DIGITS_MAX];
    int decimal;
    int count = shortest(sign ? -value : value, digits, &decimal);
    return sign + emit(digits, count, decimal, out);
}
