/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vm/cmdline.h"

#include <inttypes.h>

/*
 * What only emulation needs. CPU seconds are those of a boot until the engine answers (tests/bench/boot.sh): 9.9 without
 * the second and third line, 7.9 with the second, 6.4 with both.
 *   - A timer check fails on a busy host; QEMU 7.2's cmpxchg16b spoils flags now and then; TCG copies "rep movsb" byte by
 *     byte, so the kernel had better unroll.
 *   - Go's scheduler sleeps 20 microseconds again and again. With precise timers each time sets QEMU's timers anew, and
 *     wakes its main loop; on the tick of 4 ms nothing is lost that an emulated guest could notice.
 *   - Mitigations guard instructions of the guest against faults of the processor that runs them: here it runs QEMU's
 *     translation of them, which they do not reach, while each system call empties QEMU's address cache twice.
 *   - Four initcalls cost 0.2 s and serve nobody here.
 */
#define TCG_WORDS                                                                                                      \
	" no_timer_check tsc=reliable clearcpuid=cx16,rep_good,erms,fsrm"                                              \
	" highres=off"                                                                                                 \
	" mitigations=off"                                                                                             \
	" initcall_blacklist=jent_mod_init,trace_eval_init,load_system_certificate_list,ksm_init"

void vm_cmdline(struct str *s, const char *image_words, bool emulated, int64_t tsc_khz)
{
	str_add(s, image_words);
	if (!emulated)
		return;
	str_add(s, TCG_WORDS);
	if (tsc_khz > 0) /* calibration in the guest goes wrong when the host is busy */
		str_addf(s, " tsc_early_khz=%" PRId64, tsc_khz);
}
