/* SPDX-License-Identifier: Apache-2.0 */
#include <cantrip/postcard.h>

const uint8_t *postcard_read_raw(struct postcard_reader *reader, size_t length)
{
    const uint8_t *bytes = reader->at;
    if (reader->failed || length > (size_t)(reader->end - bytes)) {
        reader->failed = 1;
        return NULL;
    }
    reader->at += length;
    return bytes;
}

static uint32_t read_fixed(struct postcard_reader *reader, size_t length)
{
    const uint8_t *bytes = postcard_read_raw(reader, length);
    uint32_t value = 0;
    if (bytes != NULL) {
        while (length > 0) {
            value = (value << 8) | bytes[--length];
        }
    }
    return value;
}

uint8_t postcard_read_u8(struct postcard_reader *reader)
{
    return (uint8_t)read_fixed(reader, 1);
}

int postcard_read_bool(struct postcard_reader *reader)
{
    uint32_t value = read_fixed(reader, 1);
    if (value > 1) {
        reader->failed = 1;
    }
    return value == 1;
}

uint16_t postcard_read_u16(struct postcard_reader *reader)
{
    return (uint16_t)read_fixed(reader, 2);
}

uint32_t postcard_read_u32(struct postcard_reader *reader)
{
    return read_fixed(reader, 4);
}

uint64_t postcard_read_u64(struct postcard_reader *reader)
{
    uint64_t low = read_fixed(reader, 4);
    return low | ((uint64_t)read_fixed(reader, 4) << 32);
}

size_t postcard_read_usize(struct postcard_reader *reader)
{
    uint32_t low = read_fixed(reader, 4);
    if (read_fixed(reader, 4) != 0) {
        reader->failed = 1;
    }
    return low;
}

uint32_t postcard_read_varint(struct postcard_reader *reader)
{
    uint32_t value = 0;
    uint32_t beyond = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint32_t byte = read_fixed(reader, 1);
        uint32_t part = byte & 0x7f;
        if (shift < 32) {
            value |= part << shift;
        }
        if (shift == 28) {
            beyond |= part >> 4;
        } else if (shift > 28) {
            /* Bits above the 64th are dropped, as in postcard 0.7. */
            beyond |= shift == 63 ? part & 1 : part;
        }
        if (byte < 0x80) {
            if (beyond != 0) {
                reader->failed = 1;
            }
            return value;
        }
    }
    reader->failed = 1;
    return value;
}

const uint8_t *postcard_read_bytes(struct postcard_reader *reader, size_t *length)
{
    *length = postcard_read_varint(reader);
    return postcard_read_raw(reader, *length);
}

void postcard_write_raw(struct postcard_writer *writer, const void *bytes, size_t length)
{
    if (writer->failed || length > (size_t)(writer->end - writer->at)) {
        writer->failed = 1;
        return;
    }
    for (size_t i = 0; i < length; i++) {
        *writer->at++ = ((const uint8_t *)bytes)[i];
    }
}

/* The machine is little-endian, and so is the wire. */
void postcard_write_u8(struct postcard_writer *writer, uint8_t value)
{
    postcard_write_raw(writer, &value, sizeof value);
}

void postcard_write_u16(struct postcard_writer *writer, uint16_t value)
{
    postcard_write_raw(writer, &value, sizeof value);
}

void postcard_write_u32(struct postcard_writer *writer, uint32_t value)
{
    postcard_write_raw(writer, &value, sizeof value);
}

void postcard_write_u64(struct postcard_writer *writer, uint64_t value)
{
    postcard_write_raw(writer, &value, sizeof value);
}

void postcard_write_usize(struct postcard_writer *writer, size_t value)
{
    postcard_write_u64(writer, value);
}

void postcard_write_varint(struct postcard_writer *writer, uint32_t value)
{
    while (value >= 0x80) {
        postcard_write_u8(writer, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    postcard_write_u8(writer, (uint8_t)value);
}

void postcard_write_bytes(struct postcard_writer *writer, const void *bytes, size_t length)
{
    postcard_write_varint(writer, (uint32_t)length);
    postcard_write_raw(writer, bytes, length);
}
