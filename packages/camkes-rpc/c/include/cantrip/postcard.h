/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postcard 0.7, the wire format of CantripOS: integers have their full width, little-endian; usize has eight bytes;
 * discriminants and lengths are LEB128.
 *
 * A reader or writer that fails once stays failed: check `failed` after the last field.
 */
#ifndef CANTRIP_POSTCARD_H
#define CANTRIP_POSTCARD_H

#include <stddef.h>
#include <stdint.h>

struct postcard_reader {
    const uint8_t *at;
    const uint8_t *end;
    int failed;
};

struct postcard_writer {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
    int failed;
};

static inline struct postcard_reader postcard_reader(const uint8_t *bytes, size_t length)
{
    struct postcard_reader reader = {bytes, bytes + length, 0};
    return reader;
}

static inline struct postcard_writer postcard_writer(uint8_t *bytes, size_t capacity)
{
    struct postcard_writer writer = {bytes, bytes, bytes + capacity, 0};
    return writer;
}

/* Bytes written so far. */
static inline size_t postcard_length(const struct postcard_writer *writer)
{
    return (size_t)(writer->at - writer->start);
}

/* Raw bytes, in place; NULL when there are not as many. */
const uint8_t *postcard_read_raw(struct postcard_reader *reader, size_t length);
uint8_t postcard_read_u8(struct postcard_reader *reader);
/* Fails for other bytes than 0 and 1. */
int postcard_read_bool(struct postcard_reader *reader);
uint16_t postcard_read_u16(struct postcard_reader *reader);
uint32_t postcard_read_u32(struct postcard_reader *reader);
uint64_t postcard_read_u64(struct postcard_reader *reader);
/* Fails for values above 2^32-1. */
size_t postcard_read_usize(struct postcard_reader *reader);
/* A discriminant or a length. Up to ten bytes are read, as in Rust; fails for values above 2^32-1. */
uint32_t postcard_read_varint(struct postcard_reader *reader);
/* A string or bytes, in place and not ended by 0; the length goes to *length. UTF-8 is not checked. */
const uint8_t *postcard_read_bytes(struct postcard_reader *reader, size_t *length);

/* Raw bytes: all of them or, when there is no room, none. */
void postcard_write_raw(struct postcard_writer *writer, const void *bytes, size_t length);
void postcard_write_u8(struct postcard_writer *writer, uint8_t value);
void postcard_write_u16(struct postcard_writer *writer, uint16_t value);
void postcard_write_u32(struct postcard_writer *writer, uint32_t value);
void postcard_write_u64(struct postcard_writer *writer, uint64_t value);
void postcard_write_usize(struct postcard_writer *writer, size_t value);
void postcard_write_varint(struct postcard_writer *writer, uint32_t value);
/* A string or bytes. */
void postcard_write_bytes(struct postcard_writer *writer, const void *bytes, size_t length);

#endif
