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

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.LockFileUnavailableException;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.Shell;

/**
 * Attempts on hard links in one JVM while another program has them name one of two files,
 * and then the other, all the time. One file is held to the end, so whoever gets a lock
 * has the other one. What is true is asked from outside, by name of the file.
 */
public final class AliasTorture {

	private static final String PID = Long.toString(ProcessHandle.current().pid());

	private static final int ALIASES = 4;

	private static final long PAUSE_NANOS = 50_000;

	private final Path directory;

	private final Path held;

	private final Path contended;

	private final Queue<String> violations = new ConcurrentLinkedQueue<>();

	private final AtomicInteger holders = new AtomicInteger();

	private final AtomicLong acquired = new AtomicLong();

	private final AtomicLong refused = new AtomicLong();

	private final AtomicLong looks = new AtomicLong();

	private volatile boolean over;

	private AliasTorture(Path directory) {
		this.directory = directory;
		this.held = directory.resolve("held.lock");
		this.contended = directory.resolve("contended.lock");
	}

	/**
	 * Tortures and prints what came of it. Exits with 1 if there were violations.
	 * @param args for how many seconds; half an hour if there are none
	 * @throws Exception if the torture itself fails
	 */
	public static void main(String[] args) throws Exception {
		Path directory = Files.createTempDirectory("alias-torture-");
		long seconds = (args.length > 0) ? Long.parseLong(args[0]) : 1800;
		List<String> violations = run(directory, Duration.ofSeconds(seconds), Duration.ofSeconds(10));
		Shell.run("rm", "-r", directory.toString());
		System.exit(violations.isEmpty() ? 0 : 1);
	}

	/**
	 * Tortures.
	 * @param directory for the files
	 * @param duration how long
	 * @param progress how often to say how it goes
	 * @return what must not be
	 * @throws Exception if the torture itself fails
	 */
	public static List<String> run(Path directory, Duration duration, Duration progress) throws Exception {
		AliasTorture torture = new AliasTorture(directory.toRealPath());
		URL library = LockFile.class.getProtectionDomain().getCodeSource().getLocation();
		try (URLClassLoader copy = new URLClassLoader(new URL[] { library }, ClassLoader.getPlatformClassLoader())) {
			torture.run(duration, progress, Locker.of(copy.loadClass(LockFile.class.getName())));
		}
		return List.copyOf(torture.violations);
	}

	private void run(Duration duration, Duration progress, Locker copy) throws Exception {
		Files.createFile(this.contended);
		try (Foreign linker = Foreign.startUnasked();
				LockFile lock = LockFile.acquire(this.held, ContentTemplate.of("held"))) {
			List<Path> aliases = new ArrayList<>();
			for (int i = 0; i < ALIASES; i++) {
				aliases.add(Files.createLink(this.directory.resolve("alias-" + i + ".lock"), this.contended));
			}
			linker.ask(Stream.concat(Stream.of("link", this.held, this.contended), aliases.stream()).toArray());
			List<Thread> threads = new ArrayList<>(List.of(start("watcher", this::watch)));
			for (int i = 0; i < ALIASES; i++) {
				Path alias = aliases.get(i);
				Locker locker = (i == 0) ? copy : AliasTorture::lock;
				threads.add(start("alias-" + i, (observer) -> contend(locker, alias, observer)));
			}
			threads.add(start("contender", (observer) -> contend(AliasTorture::lock, this.contended, observer)));
			long start = System.nanoTime();
			long next = progress.toNanos();
			while (System.nanoTime() - start < duration.toNanos() && !this.over) {
				threads.get(0).join(50);
				if (System.nanoTime() - start > next) {
					next += progress.toNanos();
					report(lock.content(), start);
				}
			}
			this.over = true;
			for (Thread thread : threads) {
				thread.join();
			}
			report(linker.ask("stop"), start);
		}
		lock(this.contended, "last").close();
		copy.lock(this.contended, "last").close();
		if (countOpen() != 0) {
			violation(countOpen() + " files are left open");
		}
	}

	private void report(String what, long start) throws IOException {
		System.out.printf("%s: %d s, %d acquired, %d refused, %d looks, %d files open, %d violations %s%n", what,
				Duration.ofNanos(System.nanoTime() - start).toSeconds(), this.acquired.get(), this.refused.get(),
				this.looks.get(), countOpen(), this.violations.size(), this.violations);
	}

	private Thread start(String name, Task task) {
		Thread thread = new Thread(() -> {
			try (Foreign observer = Foreign.startUnasked()) {
				while (!this.over) {
					task.run(observer);
				}
			}
			catch (Exception | AssertionError ex) {
				violation(name + " failed: " + ex);
			}
		}, "torture-" + name);
		thread.start();
		return thread;
	}

	private void violation(String violation) {
		this.violations.add(violation);
		this.over = true;
	}

	private void watch(Foreign observer) {
		expect(observer, this.held, Bytes.LOCK, "held");
		expect(observer, this.held, 0, "held");
	}

	private void contend(Locker locker, Path alias, Foreign observer) throws Exception {
		// Without a pause, the attempts of some threads would keep the others out of
		// the monitor.
		LockSupport.parkNanos(PAUSE_NANOS);
		String content = Thread.currentThread().getName() + "-" + this.acquired.get();
		try (AutoCloseable lock = locker.lock(alias, content)) {
			this.acquired.incrementAndGet();
			if (this.holders.incrementAndGet() != 1) {
				violation(content + " holds while another one does");
			}
			expect(observer, this.contended, Bytes.LOCK, content);
			// From here on it may be lost, and another one may hold.
			this.holders.decrementAndGet();
			if (lock instanceof LockFile verifiable && verify(verifiable).status() == Status.HELD) {
				expect(observer, this.contended, Bytes.LOCK, content);
			}
		}
		catch (LockFileHeldException ex) {
			this.refused.incrementAndGet();
			if (!ex.heldByThisJvm()) {
				violation(String.valueOf(ex.getMessage()));
			}
		}
		catch (LockFileUnavailableException | CopyException ex) {
			String message = String.valueOf(ex.getMessage());
			if (message.contains("is held by this JVM")) {
				this.refused.incrementAndGet();
			}
			else if (!message.contains("another program keeps replacing it")) {
				violation(message);
			}
		}
	}

	private Verification verify(LockFile lock) {
		Verification found = lock.verify();
		if (found.status() == Status.RESTORED
				|| (found.status() == Status.LOST && !found.reason().contains("held by this JVM"))) {
			violation(lock + ": " + found);
		}
		return found;
	}

	private void expect(Foreign observer, Path file, long position, String content) {
		String found = observer.ask("look", file, position);
		this.looks.incrementAndGet();
		if (!found.equals(PID + " " + content)) {
			violation("'%s' at %d has '%s', not '%s %s'".formatted(file.getFileName(), position, found, PID, content));
		}
	}

	private long countOpen() throws IOException {
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
			return descriptors.filter((descriptor) -> isOurs(descriptor)).count();
		}
	}

	private boolean isOurs(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).startsWith(this.directory);
		}
		catch (IOException ex) {
			return false;
		}
	}

	private static AutoCloseable lock(Path path, String content) {
		return LockFile.acquire(path, ContentTemplate.of(content));
	}

	/**
	 * What a copy of the library throws.
	 */
	private static final class CopyException extends Exception {

		private static final long serialVersionUID = 1L;

		private CopyException(Throwable cause) {
			super(cause.getMessage(), cause);
		}

	}

	private interface Task {

		void run(Foreign observer) throws Exception;

	}

	/**
	 * One copy of the library.
	 */
	private interface Locker {

		AutoCloseable lock(Path path, String content) throws Exception;

		static Locker of(Class<?> type) throws ReflectiveOperationException {
			ClassLoader loader = type.getClassLoader();
			Class<?> template = loader.loadClass(ContentTemplate.class.getName());
			return (path, content) -> {
				try {
					return (AutoCloseable) type.getMethod("acquire", Path.class, template)
						.invoke(null, path, template.getMethod("of", String.class).invoke(null, content));
				}
				catch (InvocationTargetException ex) {
					// Its exceptions are of classes of its own.
					throw new CopyException(Objects.requireNonNull(ex.getCause()));
				}
			};
		}

	}

}
