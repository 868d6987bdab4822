# SPDX-License-Identifier: Apache-2.0
"""What the replay must know beside the recordings of tests/virtualbox/recordings.

Every third recording is kept back, and what was prepared between the calls was not recorded. So there are
BRIDGES   in the place of a recording that is not in the folder: calls that bring about the state which later ones show
WORLD     what happened around the calls, before the one with that number
FAULTS    what ailed the host, by the beginning of a recording's label
CONFS     what /etc/vbox/networks.conf held, likewise
BEHIND    calls that ran at the same time as others
AT_ONCE   calls of which one won
SKIP      recordings that cannot be compared, with the reason
"""

RUN1 = [     # a machine that starts, as prepared for the series on running machines
    "createvm --basefolder /home/user/m --name run1 --register",
    "modifyvm run1 --ostype Linux26_64 --memory 256 --rtcuseutc on --largepages on --boot1 dvd --nic1 nat "
    "--natpf1 web,tcp,127.0.0.1,8081,,80 --nic2 hostonly --hostonlyadapter2 vboxnet0 --uart1 0x3F8 4 "
    "--uartmode1 file /home/user/m/run1.ser",
    "storagectl run1 --name SATA --add sata",
    "createmedium disk --filename /home/user/m/run1/disk.vmdk --size 100 --format VMDK",
    "storageattach run1 --storagectl SATA --port 0 --device 0 --type dvddrive --medium /srv/tiny.iso",
    "storageattach run1 --storagectl SATA --port 1 --device 0 --type hdd --medium /home/user/m/run1/disk.vmdk",
]


def small(name, port, iso):
    return [
        "createvm --basefolder /home/user/m --name %s --register" % name,
        "modifyvm %s --ostype Linux26_64 --memory 256 --boot1 dvd --nic1 nat --natpf1 web,tcp,127.0.0.1,%d,,80 --uart1 0x3F8 4 "
        "--uartmode1 file /home/user/m/%s.ser" % (name, port, name),
        "storagectl %s --name SATA --add sata" % name,
        "storageattach %s --storagectl SATA --port 0 --device 0 --type dvddrive --medium %s" % (name, iso),
    ]


# Number of a missing recording: calls as "[USER:]WORDS" for the shell.
BRIDGES = {
    48: ["createvm --basefolder /home/user/m --name v2 --register"],
    51: ["createvm --basefolder /home/user/m --name 'we \"ird\\ é name' --register"],
    57: ["createvm --basefolder /home/user/m --name v5 --ostype Linux_64 --uuid 11111111-2222-3333-4444-555555555555 "
         "--register"],
    69: ["unregistervm ebb2993e-4459-40db-8cfe-6668aa609a87 --delete"],
    114: ["hostonlyif create"],
    159: ["dhcpserver add --ifname vboxnet1 --ip 192.168.57.2 --netmask 255.255.255.0 --lowerip 192.168.57.100 "
          "--upperip 192.168.57.199 --enable"],
    234: ["modifyvm v1 --name v1renamed"],
    264: ["createmedium disk --filename /home/user/m/d/c --size 10"],
    450: ["modifyvm v2 --memory 777 --cpus 0"],
    495: ["closemedium disk /home/user/m/d/clone.vdi --delete"],
    507: ["startvm f2 --type headless"],
    510: ["startvm f1 --type headless"],
    528: ["createvm --basefolder /home/user/m --name p4 --register"],
    540: ["createvm --basefolder /home/user/m --name psame --register"],
}

# Number: steps before it. A string is a call as above, of which nothing is expected: where a recording that was kept back
# has already done the same, it does no harm. The others are methods of the replay with their arguments.
WORLD = {
    64: ["createvm --basefolder /home/user/m --name gone --register", ("remove", "/home/user/m/gone/gone.vbox"),
         ("service_ends",)],
    172: ["dhcpserver modify --ifname vboxnet0 --ip 192.168.63.2 --netmask 255.255.255.0 --lowerip 192.168.63.101 "
          "--upperip 192.168.63.200 --enable"],
    244: ["modifyvm v1 --cpus 64 --boot1 dvd --boot2 disk --boot3 none --boot4 none --uart1 0x3F8 4 --paravirt-provider default "
          "--description $'line one\\nline \"two\" é \\\\ back'"],
    247: ["setextradata v1 VBoxInternal2/SharedFoldersEnableSymlinksCreate/home 1"],
    250: ["sharedfolder add v1 --name home --hostpath /home/user/share"],
    259: [("write", "/home/user/m/d/raw.img", 5000000)],
    261: RUN1,
    287: ["storagectl v1 --name SATA --add sata --hostiocache on"],
    293: ["storagectl v1 --name IDE --add ide"],
    314: ["unregistervm run1 --delete"],
    337: ["storageattach v2 --storagectl SATA --port 1 --device 0 --type hdd --medium none"],
    342: [("copy", "/home/user/m/d/b.vdi", "/home/user/m/d/bcopy.vdi")],
    360: [("remove", "/home/user/m/d/van.vdi")],
    361: RUN1,
    394: ["storageattach run1 --storagectl SATA --port 0 --device 0 --type dvddrive --medium /srv/tiny.iso"],
    397: ["controlvm run1 pause"],
    410: ["startvm run1 --type headless"],
    415: ["controlvm run1 savestate"],
    418: ["snapshot run1 restore snap1"],
    424: ["snapshot run1 delete snap1"],
    426: [("kill_vm", "run1")],
    430: ["startvm run1 --type headless"],
    433: ["controlvm run1 poweroff"],
    436: ["controlvm run1 poweroff"],
    443: ["modifyvm v2 --natpf1 delete ssh"],
    458: ["other:storagectl o1 --name SATA --add sata"],
    487: ["dhcpserver add --ifname vboxnet0 --ip 10.50.0.2 --netmask 255.255.255.0 --lowerip 10.50.0.100 "
          "--upperip 10.50.0.199 --enable"],
    489: [("write", "/home/user/m/d/raw.img", 5242880)],
    500: small("f1", 8082, "/srv/tiny.iso"),
    507: ["controlvm f1 poweroff", ("write", "/home/user/m/t.iso", 1048576)] + small("f2", 8084, "/home/user/m/t.iso")
    + [("remove", "/home/user/m/t.iso")],
    508: [("service_ends",)],
    510: ["modifyvm f1 --uartmode1 file /nonexistent/dir/x"],
    512: ["modifyvm f1 --uartmode1 file /home/user/m/f1.ser --nic2 hostonly --hostonlyadapter2 vboxnet9"],
    514: ["modifyvm f1 --nic2 none --memory 60000"],
    515: ["controlvm f1 poweroff", "modifyvm f1 --memory 256", ("folder", "/home/user/m/half1")],
    517: ["createvm --basefolder /home/user/m --name half2"],
    520: ["registervm /home/user/m/half2/half2.vbox"],
    526: [("write", "/home/user/m/half1/half1.vbox", 0)],
    556: ["unregistervm p1 --delete"],
    566: ["other:hostonlyif remove vboxnet1"],
    571: ["startvm f1 --type headless"],
    574: ["controlvm f1 poweroff"],
    576: ["controlvm f1 poweroff", ("no_interfaces",)],
    586: ["modifyvm f1 --nic2 hostonly --hostonlyadapter2 vboxnet0"],
    587: ["modifyvm f1 --nic2 none"],
    591: ["controlvm f1 poweroff"],
    596: ["controlvm f1 poweroff"],
    601: ["drv4:createvm --basefolder /tmp/vuh4/m --name k1 --register"],
    604: [("service_ends",)],
}

FAULTS = {"nomod-": "nomodule", "nosuid-": "nosetuid", "kvm-active-": "svm", "nosvm-": "svm=none"}

CONFS = {
    "conf-": "* 10.0.0.0/8 192.168.99.0/24\n", "confall-": "* 0.0.0.0/0 ::/0\n", "confbad-": "* 10.0.0.0/33\n",
    "confnostar-": "10.0.0.0/8\n", "confempty-": "", "conftwo-": "* 10.0.0.0/8\n* 192.168.77.0/24\n",
    "confcomma-": "* 10.0.0.0/8, 192.168.78.0/24\n",
}

# A state that came up in another series: what showed it is not numbered.
GURU = 900
WORLD[GURU] = ["guru:" + call for call in small("g2", 8092, "/srv/tiny.iso")] + [
    "guru:modifyvm g2 --memory 1024 --cpus 2 --largepages on", ("fault", "guru"), "guru:startvm g2 --type headless"]

# A call that ran behind those from .. to: number, or None where it was not recorded -> (from, to, call, ms).
BEHIND = [
    (None, 279, 281, "showvminfo run1 --machinereadable", 3000),
    (546, 544, 547, "modifyvm p1 --memory 304", 2500),
]

# From .. to: the one that succeeded, and what bridges a gap, goes first.
AT_ONCE = [(527, 530), (540, 543)]

# Calls with another folder of settings: number -> name of a user of its own.
USERS = {GURU: "guru", 558: "vuh", 559: "vuh", 560: "vuh", 561: "vuh", 599: "drv4", 600: "drv4", 601: "drv4"}

SKIP = {
    19: "shows the network card of the host",
    23: "shows the processor of the host",
    284: "a race between two calls: its half of an answer depends on the moment",
    557: "VBoxSVC was killed in the middle of it",
}
