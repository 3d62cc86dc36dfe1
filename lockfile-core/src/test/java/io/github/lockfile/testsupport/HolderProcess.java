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

package io.github.lockfile.testsupport;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileException;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.NativeLocking;
import org.awaitility.Awaitility;

/**
 * A process that acquires a lock file, says so, and then does what it reads from its
 * standard input: {@code verify}, {@code close}, {@code exit}, and {@code read}, which
 * makes the kernel drop a lock that is not native.
 */
public final class HolderProcess {

	/** Exit code if the lock is held. */
	public static final int HELD = 75;

	/** Exit code if the path cannot be used. */
	public static final int UNAVAILABLE = 73;

	private HolderProcess() {
	}

	/**
	 * Starts a holder and waits until it has the lock.
	 * @param path the lock file
	 * @param template the content template
	 * @return the running process
	 */
	public static ChildJvm hold(Path path, String template) {
		return start(path, template).awaitOutput("acquired");
	}

	/**
	 * Starts a holder.
	 * @param path the lock file
	 * @param template the content template
	 * @return the running process
	 */
	public static ChildJvm start(Path path, String template) {
		return start(path, template, Duration.ZERO);
	}

	/**
	 * Starts a holder that waits for the lock.
	 * @param path the lock file
	 * @param template the content template
	 * @param timeout how long it waits
	 * @return the running process
	 */
	public static ChildJvm start(Path path, String template, Duration timeout) {
		return start(path, template, timeout, NativeLocking.AUTO);
	}

	/**
	 * Starts a holder that waits for the lock.
	 * @param path the lock file
	 * @param template the content template
	 * @param timeout how long it waits
	 * @param locking whether its lock is a native one
	 * @return the running process
	 */
	public static ChildJvm start(Path path, String template, Duration timeout, NativeLocking locking) {
		return start(List.of(), path, template, timeout, locking);
	}

	/**
	 * Starts a holder by a command that goes before that of its JVM.
	 * @param prefix what to put before the command
	 * @param path the lock file
	 * @param template the content template
	 * @return the running process
	 */
	public static ChildJvm start(List<String> prefix, Path path, String template) {
		return start(prefix, path, template, Duration.ZERO, NativeLocking.AUTO);
	}

	/**
	 * Starts a holder that waits for the lock, by a command that goes before that of its
	 * JVM.
	 * @param prefix what to put before the command
	 * @param path the lock file
	 * @param template the content template
	 * @param timeout how long it waits
	 * @param locking whether its lock is a native one
	 * @return the running process
	 */
	public static ChildJvm start(List<String> prefix, Path path, String template, Duration timeout,
			NativeLocking locking) {
		return ChildJvm.start(prefix, System.getProperty("java.class.path"), HolderProcess.class, path, template,
				timeout, locking);
	}

	/**
	 * Replaces a lock file by another one that a new holder has.
	 * @param path the lock file
	 * @return the running process, with its process ID as content
	 */
	public static ChildJvm holdInPlaceOf(Path path) {
		Path other = path.resolveSibling("other.lock");
		ChildJvm holder = hold(other, "{pid}");
		Shell.run("mv", other.toString(), path.toString());
		return holder;
	}

	/**
	 * Has a holder verify its lock.
	 * @param holder the holder
	 * @return what it has found
	 */
	public static String verify(ChildJvm holder) {
		return ask(holder, "verify");
	}

	/**
	 * Has a holder read its lock file, so that the kernel drops a lock that is not
	 * native.
	 * @param holder the holder
	 */
	public static void read(ChildJvm holder) {
		ask(holder, "read");
	}

	private static String ask(ChildJvm holder, String command) {
		int before = holder.output().length();
		holder.send(command);
		return Awaitility.await()
			.pollInterval(Duration.ofMillis(1))
			.atMost(Duration.ofMinutes(1))
			.until(() -> holder.output().substring(before), (answer) -> answer.endsWith("\n"))
			.strip();
	}

	/**
	 * Acquires and obeys.
	 * @param args path, template, timeout, and perhaps whether the lock is a native one
	 * @throws IOException if the standard input fails
	 */
	public static void main(String[] args) throws IOException {
		PrintStream out = System.out;
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		NativeLocking locking = (args.length > 3) ? NativeLocking.valueOf(args[3]) : NativeLocking.AUTO;
		try (LockFile lock = LockFile.acquire(Path.of(args[0]), ContentTemplate.of(args[1]), Duration.parse(args[2]),
				locking)) {
			out.println("acquired " + lock.content());
			for (String line = in.readLine(); line != null && !line.equals("exit"); line = in.readLine()) {
				switch (line) {
					case "verify" -> out.println("verified " + lock.verify());
					case "read" -> out.println("read " + Files.readString(lock.path()).strip());
					case "close" -> {
						lock.close();
						out.println("closed");
					}
					default -> throw new IllegalArgumentException(line);
				}
			}
		}
		catch (LockFileException ex) {
			out.println(ex.getMessage());
			System.exit((ex instanceof LockFileHeldException) ? HELD : UNAVAILABLE);
		}
	}

}
