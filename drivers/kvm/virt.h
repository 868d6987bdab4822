/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libvirt's C API, loaded at its first use (base/lazy.h): virt.virDomainCreate(dom). The types come from libvirt's own
 * headers, so a call is checked as if the library were linked. Functions, flags and errors: libvirt.org/html/.
 */
#ifndef DRIVERS_KVM_VIRT_H
#define DRIVERS_KVM_VIRT_H

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/err.h"

/* clang-format off */
#define VIRT_FUNCTIONS(X) \
	X(virEventRegisterDefaultImpl) X(virEventRunDefaultImpl) X(virEventAddHandle) X(virEventUpdateHandle) \
	X(virEventRemoveHandle) X(virConnectRegisterCloseCallback) X(virConnectUnregisterCloseCallback) \
	 X(virSetErrorFunc) X(virGetLastError) \
	X(virConnectOpen) X(virConnectClose) X(virConnectRef) X(virConnectIsAlive) \
	X(virConnectSetKeepAlive) X(virConnectGetHostname) X(virConnectGetLibVersion) X(virNodeGetInfo) \
	X(virConnectListAllDomains) X(virConnectListAllNetworks) X(virDomainLookupByUUIDString) \
	X(virDomainLookupByName) X(virDomainDefineXMLFlags) X(virDomainCreateXML) X(virDomainCreate) \
	X(virDomainDestroy) X(virDomainResume) X(virDomainSuspend) X(virDomainPMWakeup) \
	X(virDomainShutdown) X(virDomainUndefineFlags) X(virDomainGetState) X(virDomainHasManagedSaveImage) \
	X(virDomainManagedSaveRemove) X(virDomainGetXMLDesc) X(virDomainGetUUIDString) X(virDomainGetName) \
	X(virDomainGetMetadata) X(virDomainFree) X(virDomainIsActive) X(virDomainGetID) \
	X(virDomainSetMemoryFlags) X(virDomainSetVcpusFlags) X(virDomainGetVcpusFlags) \
	X(virDomainGetConnect) X(virDomainOpenChannel) X(virDomainOpenConsole) \
	X(virDomainInterfaceAddresses) X(virDomainInterfaceFree) X(virNetworkLookupByName) \
	X(virNetworkDefineXML) X(virNetworkCreate) X(virNetworkDestroy) X(virNetworkUndefine) \
	X(virNetworkIsActive) X(virNetworkGetXMLDesc) X(virNetworkUpdate) X(virNetworkGetDHCPLeases) \
	X(virNetworkDHCPLeaseFree) X(virNetworkFree) X(virStoragePoolLookupByName) \
	X(virStoragePoolDefineXML) X(virStoragePoolBuild) X(virStoragePoolCreate) X(virStoragePoolIsActive) \
	X(virStoragePoolGetInfo) X(virStoragePoolGetXMLDesc) X(virStoragePoolRefresh) \
	X(virStoragePoolListAllVolumes) X(virStoragePoolGetConnect) X(virStoragePoolFree) \
	X(virStorageVolLookupByName) X(virStorageVolCreateXML) X(virStorageVolUpload) \
	X(virStorageVolDownload) X(virStorageVolDelete) X(virStorageVolGetPath) X(virStorageVolGetXMLDesc) \
	X(virStorageVolGetName) X(virStorageVolGetInfo) X(virStorageVolResize) X(virStorageVolFree) \
	X(virStreamNew) X(virStreamFree) X(virStreamSend) X(virStreamRecv) X(virStreamRecvAll) \
	X(virStreamFinish) X(virStreamAbort) X(virStreamSparseSendAll) X(virStreamEventAddCallback) \
	X(virStreamEventUpdateCallback) X(virStreamEventRemoveCallback)
/* clang-format on */

struct virt {
#define X(name) __typeof__(name) *name;
	VIRT_FUNCTIONS(X)
#undef X
};
extern struct virt virt;

/* Load the library, keep it from printing, start the thread that runs its event loop. Safe to call again. */
struct err *virt_load(void) MUST_USE;

/* The last error of this thread, below a sentence of ours: its code and, where there is a known cure, a hint. */
struct err *virt_error(const char *fmt, ...) MUST_USE PRINTF_LIKE(1, 2);
/* The code of this thread's last error (virErrorNumber), VIR_ERR_OK when there is none. */
int virt_last_code(void);

/* For calls that return -1 on failure. */
#define VIRT_TRY(call, ...)                                                                                            \
	do {                                                                                                           \
		if ((call) < 0)                                                                                        \
			return virt_error(__VA_ARGS__);                                                                \
	} while (0)

void virt_conn_freep(virConnectPtr *p);
void virt_domain_freep(virDomainPtr *p);
void virt_network_freep(virNetworkPtr *p);
void virt_pool_freep(virStoragePoolPtr *p);
void virt_vol_freep(virStorageVolPtr *p);
void virt_stream_freep(virStreamPtr *p); /* one that is not finished has to be aborted before */
#define auto_conn __attribute__((cleanup(virt_conn_freep))) virConnectPtr
#define auto_domain __attribute__((cleanup(virt_domain_freep))) virDomainPtr
#define auto_network __attribute__((cleanup(virt_network_freep))) virNetworkPtr
#define auto_pool __attribute__((cleanup(virt_pool_freep))) virStoragePoolPtr
#define auto_vol __attribute__((cleanup(virt_vol_freep))) virStorageVolPtr
#define auto_stream __attribute__((cleanup(virt_stream_freep))) virStreamPtr

#endif
