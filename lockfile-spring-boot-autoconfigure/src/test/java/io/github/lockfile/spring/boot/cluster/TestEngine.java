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

package io.github.lockfile.spring.boot.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * A database server of a test. Closing it stops it.
 */
abstract class TestEngine implements AutoCloseable {

	static final Duration PATIENCE = Duration.ofMinutes(1);

	final Path directory;

	final int port = freePort();

	private @Nullable String library;

	TestEngine(Path directory) {
		this.directory = directory;
	}

	static int freePort() {
		try (ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns an environment in which the cluster lock is configured.
	 * @param properties names and values
	 * @return the environment
	 */
	static ConfigurableEnvironment environment(Map<String, Object> properties) {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources().addFirst(new MapPropertySource("test", properties));
		return environment;
	}

	/**
	 * Says whether servers can be given a clock of their own.
	 * @return whether libfaketime is installed
	 */
	static boolean hasClocks() {
		return Shell.succeeds("sh", "-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1");
	}

	/**
	 * Gives the server a clock of its own, from its next start on.
	 * @return this engine
	 */
	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	final <T extends TestEngine> T withClock() {
		this.library = Shell.run("sh", "-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1");
		setClock(Duration.ZERO);
		return (T) this;
	}

	/**
	 * Sets the clock of the server.
	 * @param offset how far it is ahead of the right one
	 */
	final void setClock(Duration offset) {
		try {
			// At once, or the server would see an empty file.
			Path next = Files.writeString(this.directory.resolve("clock.next"), "%+d".formatted(offset.toSeconds()));
			Files.move(next, this.directory.resolve("clock"), StandardCopyOption.ATOMIC_MOVE);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns what to put before the command of the server.
	 * @return the words
	 */
	final List<String> prefix() {
		return (this.library == null) ? List.of() : List.of("env", "LD_PRELOAD=" + this.library, "FAKETIME_NO_CACHE=1",
				"DONT_FAKE_MONOTONIC=1", "FAKETIME_TIMESTAMP_FILE=" + this.directory.resolve("clock"));
	}

	abstract String url(String host, int port);

	final String url() {
		return url("127.0.0.1", this.port);
	}

	abstract long pid();

	abstract void start();

	/**
	 * Ends the server as a crash does.
	 */
	abstract void crash();

	/**
	 * Kills a process of the server that serves a session, as the kernel does when it is
	 * short of memory.
	 * @return whether the server has such processes
	 */
	boolean killBackend() {
		return false;
	}

	/**
	 * Ends the session that has a lock, as an administrator does.
	 * @param name the name of the lock
	 */
	abstract void terminateHolder(String name);

	/**
	 * Cancels the statement of the session that has a lock, if there is one.
	 * @param name the name of the lock
	 */
	abstract void cancelStatement(String name);

	/**
	 * Says how many statements have been executed, or have been logged where the server
	 * does not count them.
	 * @return the number
	 */
	abstract double statements();

	/**
	 * Says how many sessions have a lock.
	 * @param name the name of the lock
	 * @return the number
	 */
	abstract int holders(String name);

	final Connection connect() throws SQLException {
		return DriverManager.getConnection(url());
	}

	final void awaitConnection() {
		Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> {
			try (Connection connection = connect()) {
				return connection.isValid(1);
			}
		});
	}

	final void execute(String sql) {
		try (Connection connection = connect(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	final @Nullable String value(String sql) {
		try (Connection connection = connect();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery(sql)) {
			return rows.next() ? rows.getString(1) : null;
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Waits until the server has been up for long enough to be trusted.
	 * @param lease the lease
	 */
	final void awaitUptime(Duration lease) {
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> Double.parseDouble(String.valueOf(value(uptimeQuery()))) >= lease.toSeconds());
	}

	abstract String uptimeQuery();

	/**
	 * Sends a signal.
	 * @param signal its name
	 * @param pid to which process
	 */
	static void signal(String signal, long pid) {
		Shell.run("kill", "-" + signal, Long.toString(pid));
	}

	@Override
	public abstract void close();

}
