/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model for the Springbok core: a network of two layers with 8-bit weights that has learned exclusive or. It answers
 * for all four inputs, and counts its runs from 100.
 */
#include "cantrip_model.h"

enum { INPUTS = 2, HIDDEN = 2, CASES = 4 };

/* In the constant window. Scale: 16 is 1. */
static const int8_t hidden_weights[HIDDEN][INPUTS] = { { 16, 16 }, { 16, 16 } };
static const int8_t hidden_biases[HIDDEN] = { 0, -16 };
static const int8_t output_weights[HIDDEN] = { 16, -32 };

/* In the static window: one run finds what the last one left. */
static uint32_t runs = 100;

/* In the temporary window. */
static CANTRIP_MODEL_TEMPORARY int32_t activations[HIDDEN];

/* Hides an address from the compiler, which would do the model's work otherwise. */
static const int8_t *hidden_from_compiler(const int8_t *weights)
{
    __asm__ volatile("" : "+r"(weights));
    return weights;
}

static int32_t relu(int32_t value)
{
    return value < 0 ? 0 : value;
}

static int32_t infer(const int32_t *input)
{
    const int8_t *weights = hidden_from_compiler(hidden_weights[0]);
    const int8_t *biases = hidden_from_compiler(hidden_biases);
    const int8_t *last_weights = hidden_from_compiler(output_weights);
    int32_t sum = 0;
    for (int node = 0; node < HIDDEN; node++) {
        int32_t value = biases[node];
        for (int index = 0; index < INPUTS; index++) {
            value += weights[node * INPUTS + index] * input[index];
        }
        activations[node] = relu(value);
    }
    for (int node = 0; node < HIDDEN; node++) {
        sum += last_weights[node] * activations[node];
    }
    return sum / 256;
}

int main(void)
{
    struct cantrip_model_output *output = &cantrip_model_output;
    /* Whatever an earlier run left here is gone. */
    if (activations[0] != 0) {
        return 1;
    }
    for (int input = 0; input < CASES; input++) {
        const int32_t bits[INPUTS] = { input >> 1, input & 1 };
        output->data[input] = (uint8_t)infer(bits);
    }
    /* The last case leaves something behind. */
    activations[0] = 1;
    output->data[CASES] = (uint8_t)runs++;
    output->length = CASES + 1;
    return 0;
}
