/* SPDX-License-Identifier: Apache-2.0 */
/* For models in C: programs of the Springbok ML core. `main` runs once for each job. */
#ifndef CANTRIP_MODEL_H
#define CANTRIP_MODEL_H

#include <stdint.h>

/* Bytes of the output that the ML coordinator gives to whoever asked for the run. */
#define CANTRIP_MODEL_OUTPUT_BYTES 64

/* The start of the output window. The return code is what `main` returns. */
struct cantrip_model_output {
    uint32_t return_code;
    uint32_t epc;
    uint32_t length; /* of `data` */
    uint8_t data[CANTRIP_MODEL_OUTPUT_BYTES];
};
extern struct cantrip_model_output cantrip_model_output;

/* Memory that is cleared before each run; everything else keeps its value from run to run. */
#define CANTRIP_MODEL_TEMPORARY __attribute__((section(".temporary")))

#endif
