/* What people say, for searches: some hundred thousand different words, the frequent ones as frequent as in English, now and then a
 * sentence of another language, and words whose number is known.
 *
 *   quokka       in three messages: the oldest, the middle one and the newest
 *   lighthouse   in each 100,000th
 *   the          in about three of four
 *   vault        in half of those that are said in private (TALK_PRIVATE), nowhere else
 */
#ifndef BENCH_TALK_H
#define BENCH_TALK_H

#include <stddef.h>
#include <stdint.h>

#define TALK_SIZE 1024

typedef enum talk_place { TALK_OPEN, TALK_PRIVATE } talk_place;

/* The text of message `number` of `count`; always the same. Its bytes. */
size_t talk_write(uint64_t number, uint64_t count, talk_place place, char out_text[TALK_SIZE]);

#endif
