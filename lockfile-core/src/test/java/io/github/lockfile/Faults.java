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
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;

/**
 * Faults of the kernel and of file systems, for a process that preloads {@code faults.c}.
 */
final class Faults {

	private final Path file;

	private int injected;

	/**
	 * Skips the test where there is no compiler.
	 * @param directory for what is to fail, of no other use
	 */
	Faults(Path directory) throws IOException {
		this.file = Files.createDirectories(directory).resolve("fault");
	}

	/**
	 * Returns what to put before a command that is to meet a fault from the start.
	 */
	List<String> prefix(String fault) throws IOException {
		return List.of("env", "LD_PRELOAD=" + FaultyLibrary.build("faults"), "LOCKFILE_FAULT=" + fault,
				"LOCKFILE_FAULT_FILE=" + this.file);
	}

	/**
	 * Returns the file that says what is to fail, which is there as long as anything is.
	 */
	Path file() {
		return this.file;
	}

	ChildJvm start(Path path, String template) throws IOException {
		return start(path, template, Duration.ZERO);
	}

	ChildJvm start(Path path, String template, Duration timeout) throws IOException {
		return start(path, template, timeout, NativeLocking.AUTO);
	}

	ChildJvm start(Path path, String template, Duration timeout, NativeLocking locking) throws IOException {
		return HolderProcess.start(prefix(""), path, template, timeout, locking);
	}

	/**
	 * Has calls fail from now on.
	 * @param call which calls
	 * @param action how, as faults.c says
	 * @param skip how many of them pass before
	 * @param times how many of them fail, -1 for all
	 */
	void inject(String call, String action, int skip, int times) throws IOException {
		this.injected++;
		Path next = Files.writeString(this.file.resolveSibling("next"),
				String.join(" ", "" + this.injected, call, action, "" + skip, "" + times));
		Files.move(next, this.file, StandardCopyOption.ATOMIC_MOVE);
	}

	void clear() throws IOException {
		Files.delete(this.file);
	}

	/**
	 * Returns how often what was injected last has come about.
	 */
	long hits() throws IOException {
		Path log = this.file.resolveSibling("fault.log");
		String last = Integer.toString(this.injected);
		return Files.exists(log) ? Files.readAllLines(log).stream().filter(last::equals).count() : 0;
	}

	/**
	 * Waits until what was injected last has come about.
	 */
	void awaitHit() {
		Awaitility.await().pollInterval(Duration.ofMillis(1)).atMost(Duration.ofMinutes(1)).until(() -> hits() > 0);
	}

	static void awaitStopped(ChildJvm jvm) {
		awaitStopped(jvm.pid());
	}

	static void awaitStopped(long pid) {
		Awaitility.await()
			.pollInterval(Duration.ofMillis(5))
			.atMost(Duration.ofMinutes(1))
			.until(() -> Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") T "));
	}

	static void goOn(ChildJvm jvm) {
		goOn(jvm.pid());
	}

	static void goOn(long pid) {
		Shell.run("kill", "-CONT", Long.toString(pid));
	}

}
