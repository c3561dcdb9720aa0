/* SPDX-License-Identifier: Apache-2.0 */
#include "cantrip.h"

typedef struct {
    char *buffer;
    size_t capacity;
    size_t length;
} sink_t;

static void put(sink_t *sink, char byte)
{
    if (sink->length + 1 < sink->capacity) {
        sink->buffer[sink->length] = byte;
    }
    sink->length++;
}

static void put_number(sink_t *sink, uint32_t value, uint32_t base, int is_negative, int width, char fill)
{
    char digits[12];
    int count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (is_negative) {
        digits[count++] = '-';
    }
    for (int pad = count; pad < width; pad++) {
        put(sink, fill);
    }
    while (count > 0) {
        put(sink, digits[--count]);
    }
}

size_t cantrip_vformat(char *buffer, size_t capacity, const char *format, va_list arguments)
{
    sink_t sink = {buffer, capacity, 0};
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(&sink, *format);
            continue;
        }
        format++;
        char fill = ' ';
        if (*format == '0') {
            fill = '0';
            format++;
        }
        int width = 0;
        while (*format >= '0' && *format <= '9') {
            width = width * 10 + (*format++ - '0');
        }
        if (*format == '\0') {
            break;
        }
        switch (*format) {
        case 'd': {
            int32_t value = va_arg(arguments, int);
            uint32_t magnitude = value < 0 ? -(uint32_t)value : (uint32_t)value;
            put_number(&sink, magnitude, 10, value < 0, width, fill);
            break;
        }
        case 'u':
            put_number(&sink, va_arg(arguments, unsigned), 10, 0, width, fill);
            break;
        case 'x':
            put_number(&sink, va_arg(arguments, unsigned), 16, 0, width, fill);
            break;
        case 'c':
            put(&sink, (char)va_arg(arguments, int));
            break;
        case 's':
            for (const char *text = va_arg(arguments, const char *); *text != '\0'; text++) {
                put(&sink, *text);
            }
            break;
        default:
            put(&sink, *format);
            break;
        }
    }
    if (capacity > 0) {
        buffer[sink.length < capacity ? sink.length : capacity - 1] = '\0';
    }
    return sink.length;
}

size_t cantrip_format(char *buffer, size_t capacity, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = cantrip_vformat(buffer, capacity, format, arguments);
    va_end(arguments);
    return length;
}
