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
import java.util.List;

import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;

/**
 * A host of its own, with a cable to this one that can be cut. A proxy is no substitute:
 * the kernel of this host answers for it.
 */
final class Namespace implements AutoCloseable {

	private static final String NOBODY = "02:00:00:00:00:01";

	private final String net = "10.231.%d.".formatted(ProcessHandle.current().pid() % 250);

	private final String here = "lf%dh".formatted(ProcessHandle.current().pid());

	private final String there = "lf%dt".formatted(ProcessHandle.current().pid());

	private final Process init;

	Namespace() {
		try {
			this.init = new ProcessBuilder("unshare", "--net", "sleep", "600").start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		// Until it has left our namespace, and runs what it was started for.
		Awaitility.await()
			.until(() -> this.init.info().command().filter((command) -> command.endsWith("sleep")).isPresent());
		Shell.run("ip", "link", "add", this.here, "type", "veth", "peer", "name", this.there, "netns", pid());
		Shell.run("ip", "address", "add", address() + "/30", "dev", this.here);
		Shell.run("ip", "link", "set", this.here, "up");
		inside("ip", "address", "add", this.net + "2/30", "dev", this.there);
		inside("ip", "link", "set", this.there, "up");
		inside("ip", "link", "set", "lo", "up");
	}

	static boolean isAvailable() {
		return Shell.succeeds("unshare", "--net", "ip", "link", "add", "lockfile0", "type", "veth", "peer", "name",
				"lockfile1");
	}

	private String pid() {
		return Long.toString(this.init.pid());
	}

	/**
	 * Returns the address of this host.
	 * @return the address, as seen from inside
	 */
	String address() {
		return this.net + "1";
	}

	/**
	 * Returns what to put before a command that is to run inside.
	 * @return the words
	 */
	List<String> prefix() {
		return List.of("nsenter", "--net=/proc/%s/ns/net".formatted(pid()));
	}

	private void inside(String... command) {
		String[] all = new String[command.length + 2];
		all[0] = prefix().get(0);
		all[1] = prefix().get(1);
		System.arraycopy(command, 0, all, 2, command.length);
		Shell.run(all);
	}

	/**
	 * Lets whatever is sent vanish, both ways.
	 */
	void cut() {
		Shell.run("ip", "neighbour", "replace", this.net + "2", "lladdr", NOBODY, "dev", this.here);
		inside("ip", "neighbour", "replace", address(), "lladdr", NOBODY, "dev", this.there);
	}

	@Override
	public void close() {
		this.init.destroyForcibly();
		// The end of the namespace would delete it, too, but waits for the connections
		// that were cut.
		Shell.run("ip", "link", "delete", this.here);
	}

}
