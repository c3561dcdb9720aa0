/* SPDX-License-Identifier: Apache-2.0 */
#include <cantrip/component.h>
#include <cantrip/log.h>
#include <cantrip/rpc.h>

/* Half of the page is the request: discriminant, level, two bytes of length, text. */
#define REQUEST_BYTES 2048u
#define MAX_LOG_BYTES (REQUEST_BYTES - 4)

static const char separator[] = "::";
static const char ellipsis[] = "...";

static size_t length_of(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

/* How much of a text can stay without cutting a character of UTF-8. */
static size_t cut_at(const char *text, size_t limit)
{
    while (limit > 0 && ((uint8_t)text[limit] & 0xc0) == 0x80) {
        limit--;
    }
    return limit;
}

void cantrip_log(enum cantrip_log_level level, const char *target, const char *text)
{
    /* For the page, where threads share it. */
    static struct cantrip_mutex page_lock;
    const struct cantrip_client *client = cantrip_find_client("logger");
    if (client == NULL || client->shared_page == NULL) {
        return;
    }
    size_t target_length = length_of(target);
    size_t text_length = length_of(text);
    size_t room = MAX_LOG_BYTES - (sizeof separator - 1) - (sizeof ellipsis - 1);
    if (target_length > room) {
        target_length = cut_at(target, room);
    }
    int is_cut = target_length + text_length > room + sizeof ellipsis - 1;
    if (is_cut) {
        text_length = cut_at(text, room - target_length);
    }
    if (client->page_mutex != 0) {
        /* Each thread writes the same. */
        page_lock.notification = client->page_mutex;
        cantrip_mutex_lock(&page_lock);
    }
    struct postcard_writer out = postcard_writer(client->shared_page, REQUEST_BYTES);
    postcard_write_varint(&out, 0);
    postcard_write_u8(&out, (uint8_t)level);
    postcard_write_varint(&out, target_length + sizeof separator - 1 + text_length + (is_cut ? sizeof ellipsis - 1 : 0));
    postcard_write_raw(&out, target, target_length);
    postcard_write_raw(&out, separator, sizeof separator - 1);
    postcard_write_raw(&out, text, text_length);
    if (is_cut) {
        postcard_write_raw(&out, ellipsis, sizeof ellipsis - 1);
    }
    (void)cantrip_call(client, REQUEST_BYTES, client->shared_page, 0, NULL, 0);
    if (client->page_mutex != 0) {
        cantrip_mutex_unlock(&page_lock);
    }
}
