/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Native locks under faults that need a C compiler, and on file systems that need to be
 * mounted.
 */
@EnabledForJreRange(minVersion = 22, disabledReason = "native locks need Java 22 or later")
@Tag("native")
class NativeFaultsIT extends LockPathTestCase {

	private Path control;

	@BeforeEach
	void control() {
		this.control = this.directory.resolve("control");
	}

	@Test
	void eachCallFailsWithEachError() throws IOException {
		try (ChildJvm jvm = ChildJvm.start(preload(), System.getProperty("java.class.path"), NativeFaults.class,
				this.path, this.control)) {
			assertThat(jvm.awaitExit()).as(jvm.output()).isZero();
			assertThat(jvm.output()).containsPattern("\\d{4} faults passed");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "fcntl 0 22", "fcntl 0 38", "statx 0 38", "open 0 13" })
	void withoutSupportOfTheKernelTheLockIsNotNative(String fault) throws IOException {
		Files.writeString(this.control, fault);
		for (NativeLocking locking : List.of(NativeLocking.AUTO, NativeLocking.REQUIRED)) {
			try (ChildJvm jvm = HolderProcess.start(preload(), this.path, "{pid}", Duration.ZERO, locking)) {
				if (locking == NativeLocking.AUTO) {
					jvm.awaitOutput("acquired");
				}
				else {
					assertThat(jvm.awaitExit()).isEqualTo(HolderProcess.UNAVAILABLE);
					assertThat(jvm.output()).contains(
							"a native lock is required, but the C library or the kernel does not support native locks: ");
				}
			}
		}
	}

	@Test
	void aChildThatWasForkedAndDoesNotExecHoldsTheLockAfterAKillOnly() throws IOException {
		Files.writeString(this.control, "fork");
		String child;
		try (ChildJvm holder = HolderProcess.start(preload(), this.path, "{pid}"); PythonPeer peer = new PythonPeer()) {
			holder.awaitOutput("acquired");
			child = Files.readString(this.directory.resolve("control.child")).strip();
			assertThat(Shell.run("cat", "/proc/" + child + "/comm")).isEqualTo("forked");
			try {
				holder.send("close").awaitOutput("closed");
				assertThat(peer.takes("flock", this.path)).as("released though the child lives").isTrue();
				peer.releases("flock", this.path);
				LockFile.acquire(this.path).close();
			}
			finally {
				Shell.run("kill", "-9", child);
			}
		}
		Files.writeString(this.control, "fork");
		try (ChildJvm holder = HolderProcess.start(preload(), this.path, "{pid}")) {
			holder.awaitOutput("acquired").kill();
			child = Files.readString(this.directory.resolve("control.child")).strip();
			try {
				assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path));
			}
			finally {
				Shell.run("kill", "-9", child);
			}
			LockFile.acquire(this.path, ContentTemplate.of("{pid}"), Duration.ofMinutes(1)).close();
		}
	}

	/**
	 * Who looks for the holder in his own JVM asks about each open file, but no file
	 * system that may hang: all locks of the JVM wait for him.
	 */
	@Test
	void anOpenFileWithoutANativeLockIsNotLookedAtForARefusal() throws IOException {
		Path trigger = Files.createFile(this.directory.resolve("trigger"));
		Path stuck = Files.createFile(this.directory.resolve("stuck"));
		try (LockFile lock = LockFile.acquire(this.path)) {
			PathFaults.run(PathFaults.preload("stuck", "LOCKFILE_TRIGGER=" + trigger), Refused.class, stuck,
					lock.path());
		}
		assertThat(this.directory.resolve("trigger.reached")).as("the open file was looked at").doesNotExist();
	}

	/**
	 * As a channel cannot, before time stamps differ.
	 */
	@Test
	void aPathThatNamesAnotherFileOfTheSameSizeWhileItIsOpenedIsFoundOutAtOnce() throws IOException {
		Files.writeString(this.path, " left\n");
		Path decoy = Files.writeString(this.directory.resolve("test.lock.decoy"), " left\n");
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = HolderProcess.start(faults.prefix("swap"), this.path, "held")) {
			holder.awaitOutput("acquired");
			assertThat(decoy).as("not renamed, so the fault has not come about").doesNotExist();
			assertThat(this.path).hasContent(" held\n");
			assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("-1");
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
		}
	}

	/**
	 * The file is back just when it was to be locked again: what is opened then is the
	 * one that we hold.
	 */
	@Test
	void aFileThatIsBackWhileAnAttemptPausesIsNotLostToOurselves() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		Path away = this.directory.resolve("away");
		try (ChildJvm holder = faults.start(this.path, "held")) {
			holder.awaitOutput("acquired");
			for (int i = 0; i < 3; i++) {
				Files.move(this.path, away);
				// Longer than the patience of a verification.
				faults.inject("open", "BEFORE-HANG300", 0, 1);
				int before = holder.output().length();
				holder.send("verify");
				faults.awaitHit();
				Files.move(away, this.path, StandardCopyOption.REPLACE_EXISTING);
				faults.clear();
				Awaitility.await()
					.atMost(Duration.ofMinutes(1))
					.until(() -> holder.output().substring(before).endsWith("\n"));
				assertThat(holder.output()).doesNotContain("status=LOST");
				assertThat(HolderProcess.verify(holder)).containsAnyOf("status=HELD", "status=RESTORED");
				assertThat(HolderProcess.verify(holder)).contains("status=HELD");
				assertThat(KernelLocks.owners(this.path, Bytes.FIRST)).containsExactly("-1");
				assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path));
			}
		}
	}

	private List<String> preload() throws IOException {
		return List.of("env", "LD_PRELOAD=" + FaultyLibrary.build("native-faults"), "LOCKFILE_FAULTS=" + this.control);
	}

	@Test
	void theConstantsAreThoseOfTheCompiler() throws Exception {
		Assumptions.assumeTrue(Shell.succeeds("cc", "--version"), "no C compiler to ask for the constants");
		Path program = this.directory.resolve("constants");
		Shell.run("cc", "-o", program.toString(), FaultyLibrary.copy("native-constants.c", this.directory).toString());
		List<String> wrong = new ArrayList<>();
		int checked = 0;
		for (String line : Shell.run(program.toString()).lines().toList()) {
			String[] constant = line.split("=");
			Object ours = constant(constant[0]);
			checked++;
			if (((Number) ours).longValue() != Long.parseLong(constant[1])) {
				wrong.add(line + ", not " + ours);
			}
		}
		assertThat(wrong).isEmpty();
		assertThat(checked).isEqualTo(36);
	}

	/**
	 * By reflection, as these tests are compiled for Java 17.
	 */
	private static Object constant(String name) throws ReflectiveOperationException {
		if (name.startsWith("MAGIC_")) {
			var systems = Class.forName("io.github.lockfile.DescriptorFile").getDeclaredField("FILE_SYSTEMS");
			systems.setAccessible(true);
			return ((Map<?, ?>) systems.get(null)).entrySet()
				.stream()
				.filter((system) -> ("MAGIC_" + system.getValue()).equals(name))
				.findFirst()
				.orElseThrow()
				.getKey();
		}
		var field = Class.forName("io.github.lockfile.Libc").getDeclaredField(name);
		field.setAccessible(true);
		return field.get(null);
	}

	@ParameterizedTest
	@ValueSource(strings = { "ext4", "ext2", "xfs", "btrfs", "tmpfs", "overlay", "bindfs", "vfat", "ramfs" })
	void onEachFileSystemThatCanBeMounted(String type) throws IOException {
		Path mounted = Files.createDirectory(this.directory.resolve("mounted"));
		boolean isNative = List.of("ext4", "ext2", "xfs", "btrfs", "tmpfs", "overlay").contains(type);
		List<String> prefix = List.of("unshare", "--mount", "sh", "-ec",
				"(cd \"$0\"; " + mounting(type) + "); exec \"$@\"", this.directory.toString());
		List<String> test = new ArrayList<>(prefix);
		test.add("true");
		Assumptions.assumeTrue(Shell.succeeds(test.toArray(String[]::new)),
				"this machine does not let us mount " + type + ", not even in a namespace");
		try (ChildJvm jvm = ChildJvm.start(prefix, System.getProperty("java.class.path"), NativeFileSystem.class,
				mounted.resolve("test.lock"))) {
			assertThat(jvm.awaitExit()).as(jvm.output()).isZero();
			assertThat(jvm.output()).contains(
					isNative ? "native and passed" : "not native, because native locks do not support its file system");
		}
	}

	/**
	 * As a rule it gets the device number of the one before.
	 */
	@Test
	void aFileSystemMountedInThePlaceOfAnotherIsAskedAgain() throws IOException {
		Path mounted = Files.createDirectory(this.directory.resolve("mounted"));
		PathFaults.run(PathFaults.mountNamespace(), NativeFileSystem.Remount.class, mounted);
	}

	/**
	 * A script that mounts a file system at {@code mounted}.
	 */
	private static String mounting(String type) {
		String image = "mkdir -p lower upper work; ";
		return switch (type) {
			case "tmpfs", "ramfs" -> "mount -t %1$s %1$s mounted".formatted(type);
			case "overlay" -> "mkdir -p o; mount -t tmpfs tmpfs o; mkdir o/lower o/upper o/work; "
					+ "echo ' 4711' > o/lower/test.lock; "
					+ "mount -t overlay -o lowerdir=o/lower,upperdir=o/upper,workdir=o/work overlay mounted";
			case "bindfs" -> image + "bindfs lower mounted";
			default -> "rm -f image; dd if=/dev/zero of=image bs=1M count=0 seek=%d status=none; "
				.formatted(type.equals("xfs") ? 320 : 128)
					+ "mkfs.%s %s image > /dev/null 2>&1; ".formatted(type, type.startsWith("ext") ? "-qF" : "")
					+ "mount -t %s -o loop image mounted".formatted(type);
		};
	}

	/**
	 * Is refused a lock while it has a file open.
	 */
	static final class Refused {

		private Refused() {
		}

		public static void main(String[] args) throws IOException {
			try (InputStream in = Files.newInputStream(Path.of(args[0]))) {
				assertThat(in.read()).isEqualTo(-1);
				assertThatExceptionOfType(LockFileHeldException.class)
					.isThrownBy(() -> LockFile.acquire(Path.of(args[1])))
					.satisfies((ex) -> assertThat(ex.heldByThisJvm()).isFalse());
			}
			System.out.println("passed");
		}

	}

}
