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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The lock is not let go because something else failed: a write, a read, a touch. The
 * kernel is asked after each verification.
 */
@Tag("native")
class KeptLockTests extends LockTestCase {

	private static final int VERIFICATIONS = 5;

	/**
	 * What an attempt takes for somebody's data, and a holder writes over.
	 */
	private static final String DATA = "server.port=8080\\nserver.name=orders\\n";

	@ParameterizedTest
	@CsvSource({ "pwrite, EIO, 1", "pwrite, EPERM, 1", "pwrite, EPERM, -1", "pwrite, ENOMEM, 1", "pwrite, ENOMEM, -1",
			"pwrite, ENOSPC, -1", "pwrite, EDQUOT, -1", "pwrite, EACCES, -1", "ftruncate, EIO, 1",
			"ftruncate, EPERM, 1", "ftruncate, EPERM, -1", "ftruncate, ENOMEM, 1", "ftruncate, ENOMEM, -1",
			"fsync, EIO, 1", "fsync, EPERM, 1", "fsync, ENOMEM, -1", "fsync, ENOSPC, -1", "pread, EIO, 1",
			"pread, EIO, -1", "pread, EPERM, 1", "pread, ENOMEM, -1", "pread, EACCES, -1" })
	void aRepairThatFailsIsDoubtAndTheLockIsKept(String call, String error, int times) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm holder = faults.start(this.path, "holder").awaitOutput("acquired")) {
			Shell.script("printf '" + DATA + "' > %s", this.path);
			faults.inject(call, error, 0, times);
			// What is written can be read back, whether or not it has reached the disk.
			doubtsAndKeeps(holder, text(error), times == -1 && !call.equals("fsync"));
			assertThat(faults.hits()).isPositive();
			faults.clear();
			assertHeals(holder);
		}
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			ENOSPC, Auf dem Gerät ist kein Speicherplatz mehr verfügbar
			EDQUOT, Der zugewiesene Plattenplatz (Quota) ist überschritten
			EROFS,  Das Dateisystem ist nur lesbar
			EPERM,  Die Operation ist nicht erlaubt
			""")
	void theLanguageOfTheErrorDoesNotMatter(String error, String reason) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		List<String> prefix = new ArrayList<>(faults.prefix(""));
		prefix.addAll(List.of("LOCKFILE_LANGUAGE=de", "LC_ALL=C.UTF-8"));
		try (ChildJvm holder = HolderProcess.start(prefix, this.path, "holder")) {
			holder.awaitOutput("acquired");
			Shell.script(": > %s", this.path);
			faults.inject("pwrite", error, 0, -1);
			doubtsAndKeeps(holder, reason, true);
			faults.clear();
			assertHeals(holder);
		}
	}

	/**
	 * With the texts of the C library.
	 */
	@Test
	void theDiskIsFullInGerman() throws IOException {
		Path locale = this.directory.resolve("de_DE.utf8");
		Assumptions.assumeTrue(
				Files.exists(Path.of("/usr/share/locale/de/LC_MESSAGES/libc.mo"))
						&& Shell.succeeds("localedef", "-i", "de_DE", "-f", "UTF-8", locale.toString()),
				"no German texts of the C library");
		List<String> prefix = new ArrayList<>(PathFaults.mountNamespace());
		prefix
			.addAll(List.of("sh", "-ec", "mkdir \"$0/full\"; mount -t tmpfs -o size=16k tmpfs \"$0/full\"; exec \"$@\"",
					this.directory.toString(), "env", "-u", "LC_ALL", "-u", "LANGUAGE", "LOCPATH=" + this.directory,
					"LANG=de_DE.utf8"));
		PathFaults.run(prefix, FullDisk.class, this.directory.resolve("full/test.lock"));
	}

	@ParameterizedTest
	@CsvSource({ "i, false", "i, true", "a, false", "a, true" })
	void aFileThatMayNotBeChangedKeepsItsLock(String attribute, boolean changed) throws IOException {
		Files.createFile(this.path);
		Assumptions.assumeTrue(
				Shell.succeeds("chattr", "+" + attribute, this.path.toString())
						&& Shell.succeeds("chattr", "-" + attribute, this.path.toString()),
				"chattr needs root and a file system that has such attributes");
		for (String template : List.of("holder", "")) {
			try (Foreign foreign = Foreign.start(); ChildJvm holder = HolderProcess.hold(this.path, template)) {
				if (changed) {
					Shell.script("printf '" + DATA + "' > %s", this.path);
				}
				long old = System.currentTimeMillis() / 1000 - 7200;
				assertThat(foreign.ask("times", this.path, old, old)).isEqualTo("set");
				Shell.run("chattr", "+" + attribute, this.path.toString());
				try {
					for (int i = 0; i < VERIFICATIONS; i++) {
						String found = HolderProcess.verify(holder);
						assertThat(found).containsPattern((changed && !template.isEmpty())
								? "status=UNVERIFIED, reason=.*Operation not permitted" : "status=HELD");
						OutsideView.assertHeldBy(holder, this.path, found);
					}
					try (ChildJvm second = HolderProcess.start(this.path, "second")) {
						assertThat(second.awaitExit()).isEqualTo(HolderProcess.UNAVAILABLE);
					}
				}
				finally {
					Shell.run("chattr", "-" + attribute, this.path.toString());
				}
				OutsideView.assertRefusesASecond(this.path);
				assertThat(HolderProcess.verify(holder))
					.contains((changed && !template.isEmpty()) ? "status=RESTORED" : "status=HELD");
				OutsideView.assertHeldBy(holder, this.path, "all");
				assertThat(Shell.run("cat", this.path.toString()))
					.isEqualTo((changed && template.isEmpty()) ? DATA.replace("\\n", "\n").strip() : template);
			}
			Files.write(this.path, new byte[0]);
		}
	}

	/**
	 * A reader of the file in another process is no holder.
	 */
	@Test
	void whoKeepsTheMarkAwayKeepsNobodyInDoubt() throws IOException {
		Files.createFile(this.path);
		try (Foreign foreign = Foreign.start()) {
			assertThat(foreign.ask("share", this.path, Bytes.SEAL, 1)).isEqualTo("locked");
			try (ChildJvm holder = HolderProcess.hold(this.path, "holder")) {
				for (int i = 0; i < VERIFICATIONS; i++) {
					assertThat(HolderProcess.verify(holder)).contains("status=HELD");
					OutsideView.assertHeldBy(holder, this.path, "a verification");
				}
				OutsideView.assertRefusesASecond(this.path);
			}
		}
	}

	private void doubtsAndKeeps(ChildJvm holder, String reason, boolean always) throws IOException {
		boolean healed = false;
		for (int i = 0; i < VERIFICATIONS; i++) {
			String found = HolderProcess.verify(holder);
			if (always) {
				assertThat(found).contains("status=UNVERIFIED");
			}
			if (found.contains("status=UNVERIFIED")) {
				assertThat(healed).as("healed before " + found).isFalse();
				assertThat(found).contains(reason);
			}
			else {
				assertThat(found).containsAnyOf("status=RESTORED", "status=HELD");
				healed = true;
			}
			OutsideView.assertHeldBy(holder, this.path, found);
		}
		OutsideView.assertRefusesASecond(this.path);
	}

	private void assertHeals(ChildJvm holder) throws IOException {
		assertThat(HolderProcess.verify(holder)).containsAnyOf("status=RESTORED", "status=HELD");
		assertThat(Shell.run("cat", this.path.toString())).isEqualTo("holder");
		assertThat(HolderProcess.verify(holder)).contains("status=HELD");
		OutsideView.assertHeldBy(holder, this.path, "all");
	}

	private static String text(String error) {
		return switch (error) {
			case "EACCES" -> "Permission denied";
			case "EDQUOT" -> "Disk quota exceeded";
			case "EIO" -> "Input/output error";
			case "ENOMEM" -> "Cannot allocate memory";
			case "ENOSPC" -> "No space left on device";
			case "EPERM" -> "Operation not permitted";
			default -> throw new IllegalArgumentException(error);
		};
	}

	/**
	 * In a JVM of its own, where the directory of the lock file is a file system of 16
	 * KiB.
	 */
	static final class FullDisk {

		private FullDisk() {
		}

		public static void main(String[] args) throws IOException {
			Path path = Path.of(args[0]);
			String filler = path + ".filler";
			try (ChildJvm holder = HolderProcess.hold(path, "holder;" + "x".repeat(5000))) {
				Shell.script(": > %s", path);
				assertThat(Shell.succeeds("dd", "if=/dev/zero", "of=" + filler, "bs=1k", "count=64")).isFalse();
				for (int i = 0; i < VERIFICATIONS; i++) {
					String found = HolderProcess.verify(holder);
					assertThat(found).contains("status=UNVERIFIED", "kein Speicherplatz");
					OutsideView.assertHeldBy(holder, path, found);
				}
				OutsideView.assertRefusesASecond(path);
				Shell.run("rm", filler);
				assertThat(HolderProcess.verify(holder)).contains("status=RESTORED");
				assertThat(HolderProcess.verify(holder)).contains("status=HELD");
				assertThat(Shell.run("cat", path.toString())).startsWith("holder;xxx");
			}
			System.out.println("passed");
		}

	}

}
