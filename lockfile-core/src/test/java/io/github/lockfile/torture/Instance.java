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

package io.github.lockfile.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileException;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.NativeLocking;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.ChildJvm;
import org.jspecify.annotations.Nullable;

/**
 * An instance of an application, in a process of its own, that acquires a lock file,
 * verifies and releases it as it is told, or at random. Closing it kills it.
 */
public final class Instance implements AutoCloseable {

	private final Process process;

	private final BufferedReader answers;

	private Instance(Process process) {
		this.process = process;
		this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
	}

	/**
	 * Starts an instance.
	 * @param prefix what stands before {@code java} on the command line
	 * @param path the lock file
	 * @param template what it records
	 * @param locking how it locks
	 * @return the running instance
	 */
	public static Instance start(List<String> prefix, Path path, String template, NativeLocking locking) {
		List<String> command = ChildJvm.command(prefix, List.of("-XX:+UseSerialGC"),
				System.getProperty("java.class.path"), Instance.class.getName());
		command.addAll(List.of(path.toString(), template, locking.name()));
		try {
			return new Instance(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns the process ID.
	 * @return the process ID
	 */
	public long pid() {
		return this.process.pid();
	}

	/**
	 * Gives a command.
	 * @param command the command
	 */
	public void tell(String command) {
		try {
			this.process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
			this.process.getOutputStream().flush();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Says whether there is an answer that has not been read.
	 * @return whether there is
	 */
	public boolean hasAnswered() {
		try {
			return this.answers.ready();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Waits for the answer to a command.
	 * @return the answer
	 */
	public String answer() {
		try {
			String answer = this.answers.readLine();
			if (answer == null) {
				throw new AssertionError("Instance " + pid() + " has ended");
			}
			return answer;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Gives a command and waits for the answer.
	 * @param command the command
	 * @return the answer
	 */
	public String ask(String command) {
		tell(command);
		return answer();
	}

	@Override
	public void close() {
		this.process.destroyForcibly().onExit().join();
	}

	/**
	 * Obeys.
	 * @param args path, template, and how to lock
	 * @throws IOException if the standard input fails
	 */
	public static void main(String[] args) throws IOException {
		new Worker(Path.of(args[0]), ContentTemplate.of(args[1]), NativeLocking.valueOf(args[2])).obey();
	}

	/**
	 * What runs in the process.
	 */
	private static final class Worker implements Obedient {

		private static final int READ_ONE_OF = 8, RELEASE_ONE_OF = 60, MAX_PAUSE_NANOS = 4_000_000;

		private final Path path;

		private final ContentTemplate template;

		private final NativeLocking locking;

		private final Random random = new Random();

		private @Nullable LockFile lock;

		private Worker(Path path, ContentTemplate template, NativeLocking locking) {
			this.path = path;
			this.template = template;
			this.locking = locking;
		}

		@Override
		public String answer(String command) throws IOException {
			return switch (command) {
				case "go", "halt" -> command;
				case "acquire" -> acquire();
				case "verify" -> verify();
				case "read" -> read();
				case "close" -> close();
				default -> throw new IllegalArgumentException(command);
			};
		}

		@Override
		public void step() throws IOException {
			if (this.lock == null) {
				acquire();
			}
			else if (this.random.nextInt(RELEASE_ONE_OF) == 0) {
				close();
			}
			else if (this.random.nextInt(READ_ONE_OF) == 0) {
				// Others may take the lock before it is verified.
				read();
			}
			else {
				verify();
			}
			LockSupport.parkNanos(this.random.nextInt(MAX_PAUSE_NANOS));
		}

		private String acquire() {
			try {
				this.lock = LockFile.acquire(this.path, this.template, Duration.ZERO, this.locking);
				return "acquired";
			}
			catch (LockFileHeldException ex) {
				return "refused";
			}
			catch (LockFileException ex) {
				return String.valueOf(ex.getMessage());
			}
		}

		private String verify() {
			if (this.lock == null) {
				return "nothing";
			}
			Verification found = this.lock.verify();
			if (found.status() == Status.LOST) {
				this.lock = null;
			}
			return found.status() + " " + found.reason();
		}

		/**
		 * On a channel, the kernel drops the lock at this.
		 */
		private String read() throws IOException {
			Files.readAllBytes(this.path);
			return "read";
		}

		private String close() {
			if (this.lock != null) {
				this.lock.close();
				this.lock = null;
			}
			return "closed";
		}

	}

}
