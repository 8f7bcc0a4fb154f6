/* The languages of the people who read what we write. */
#pragma once

typedef enum Language {
        LANGUAGE_ES,
        LANGUAGE_EN,
        LANGUAGE_COUNT,
} Language;
