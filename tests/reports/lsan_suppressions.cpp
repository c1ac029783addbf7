// Fontconfig keeps the patterns of the fonts that Cairo asked for until the process ends, which LeakSanitizer reports.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig\n"; }
