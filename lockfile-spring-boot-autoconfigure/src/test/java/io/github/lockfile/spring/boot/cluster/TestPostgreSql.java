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
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.Shell;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * PostgreSQL from a Maven repository, for Linux on x86_64.
 */
final class TestPostgreSql extends TestEngine {

	private final String address;

	private final Path data;

	private @Nullable EmbeddedPostgres server;

	private List<String> command = List.of();

	TestPostgreSql(Path directory) {
		this(directory, "127.0.0.1");
	}

	TestPostgreSql(Path directory, String address) {
		super(directory);
		this.address = address;
		this.data = directory.resolve("postgresql");
	}

	static void assumeAvailable() {
		assumeTrue("Linux".equals(System.getProperty("os.name")) && "amd64".equals(System.getProperty("os.arch")),
				"there is no PostgreSQL for tests on this platform");
		// PostgreSQL refuses to make a database otherwise.
		assumeTrue(Shell.succeeds("id", "-un"), "the user who runs the tests has no name, and PostgreSQL needs one");
	}

	@Override
	String url(String host, int port) {
		return "jdbc:postgresql://%s:%d/postgres?user=postgres".formatted(host, port);
	}

	/**
	 * Makes the server a standby from its next start on.
	 */
	void makeStandby() {
		try {
			Files.createFile(this.data.resolve("standby.signal"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Takes the data of another server. Both must be down.
	 * @param other the other one
	 */
	void copyOf(TestPostgreSql other) {
		Shell.run("rm", "-r", this.data.toString());
		Shell.run("cp", "-a", other.data.toString(), this.data.toString());
	}

	@Override
	void start() {
		try {
			if (this.server == null) {
				create();
				this.command = command();
				if (!prefix().isEmpty()) {
					// The library has started it without the prefix.
					crash();
					start();
				}
			}
			else {
				// The library would not start a server that it has not stopped.
				List<String> command = new ArrayList<>(prefix());
				command.addAll(this.command);
				new ProcessBuilder(command).redirectErrorStream(true)
					.redirectOutput(this.directory.resolve("postgresql.log").toFile())
					.start();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		awaitConnection();
	}

	private void create() throws IOException {
		Path hba = Files.writeString(this.directory.resolve("pg_hba.conf"), """
				host all app 127.0.0.1/32 scram-sha-256
				host all all 127.0.0.1/32 trust
				host all all 10.231.0.0/16 trust
				""");
		this.server = EmbeddedPostgres.builder()
			.setPort(this.port)
			.setDataDirectory(this.data)
			.setCleanDataDirectory(false)
			// Unpacked once for each build, and not left in the directory that all share.
			.setOverrideWorkingDirectory(Path.of("target/embedded-pg").toAbsolutePath().toFile())
			.setServerConfig("hba_file", hba.toString())
			.setServerConfig("listen_addresses", this.address)
			.setServerConfig("fsync", "off")
			.setServerConfig("password_encryption", "scram-sha-256")
			.setPGStartupWait(Duration.ofSeconds(30))
			.start();
	}

	private List<String> command() throws IOException {
		List<String> command = new ArrayList<>();
		if ("root".equals(System.getProperty("user.name"))) {
			// PostgreSQL refuses to run as root.
			command.addAll(List.of("unshare", "--user"));
		}
		String line = Files.readString(Path.of("/proc/%d/cmdline".formatted(pid())));
		command.addAll(List.of(line.split("\0")));
		return command;
	}

	@Override
	long pid() {
		try {
			return Long.parseLong(Files.readAllLines(this.data.resolve("postmaster.pid")).get(0).strip());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	void crash() {
		long pid = pid();
		// "Immediate shutdown": as a crash, but that it leaves no process behind.
		signal("QUIT", pid);
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> ProcessHandle.of(pid).isEmpty() && Files.notExists(this.data.resolve("postmaster.pid")));
	}

	@Override
	boolean killBackend() {
		try (Connection connection = connect()) {
			signal("KILL", connection.unwrap(PGConnection.class).getBackendPID());
			Awaitility.await().atMost(PATIENCE).until(() -> !connection.isValid(1));
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		awaitConnection();
		return true;
	}

	private static String lock(String name) {
		return " from pg_locks where locktype = 'advisory' and granted"
				+ " and ((classid::bigint << 32) | objid::bigint) = "
				+ Long.parseUnsignedLong(DatabaseSession.key(name), 16);
	}

	@Override
	void terminateHolder(String name) {
		value("select pg_terminate_backend(pid)" + lock(name));
	}

	@Override
	void cancelStatement(String name) {
		value("select pg_cancel_backend(pid)" + lock(name));
	}

	@Override
	int holders(String name) {
		return Integer.parseInt(String.valueOf(value("select count(*)" + lock(name))));
	}

	@Override
	double statements() {
		try (Stream<String> lines = Files.lines(this.directory.resolve("postgresql.log"))) {
			return lines.filter((line) -> line.matches(".* LOG: +(execute|statement).*")).count();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	String uptimeQuery() {
		return "select extract(epoch from clock_timestamp() - greatest(pg_postmaster_start_time(), stats_reset))"
				+ " from pg_stat_bgwriter";
	}

	@Override
	public void close() {
		if (this.server != null) {
			try {
				this.server.close();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
	}

	@Override
	public String toString() {
		return "PostgreSQL";
	}

}
