/* SPDX-License-Identifier: Apache-2.0 */
#include "cantrip.h"

int main(void)
{
    cantrip_panic("Goodbye, cruel world");
}
