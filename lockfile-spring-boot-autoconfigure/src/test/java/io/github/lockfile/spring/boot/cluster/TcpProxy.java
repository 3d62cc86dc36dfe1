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
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * A way to a server that can be slow, cut, or swallow everything.
 */
final class TcpProxy implements AutoCloseable {

	private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

	private volatile int target;

	private final List<Socket> sockets = new CopyOnWriteArrayList<>();

	private volatile boolean blackhole;

	private volatile long delayNanos;

	private volatile boolean deaf;

	TcpProxy(int target) throws IOException {
		this.target = target;
		start(this::accept);
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "proxy");
		thread.setDaemon(true);
		thread.start();
	}

	int port() {
		return this.server.getLocalPort();
	}

	/**
	 * Swallows what is sent, both ways, and says nothing of it.
	 * @param blackhole whether to begin or to end
	 */
	void blackhole(boolean blackhole) {
		this.blackhole = blackhole;
	}

	/**
	 * Leads to another server from the next connection on.
	 * @param target its port
	 */
	void target(int target) {
		this.target = target;
	}

	/**
	 * Delays what is sent, each way.
	 * @param millis for how long
	 */
	void delay(long millis) {
		this.delayNanos = millis * 1_000_000;
	}

	/**
	 * Cuts the connections that there are.
	 */
	void cut() {
		for (Socket socket : this.sockets) {
			close(socket);
		}
		this.sockets.clear();
	}

	/**
	 * Cuts the connections on the client's side only: the server does not know.
	 */
	void cutClientSide() {
		this.deaf = true;
		for (int i = 0; i < this.sockets.size(); i += 2) {
			close(this.sockets.get(i));
		}
	}

	private void accept() {
		try {
			while (true) {
				Socket client = this.server.accept();
				start(() -> connect(client));
			}
		}
		catch (IOException ex) {
			cut();
		}
	}

	private void connect(Socket client) {
		try {
			Socket target = new Socket(InetAddress.getLoopbackAddress(), this.target);
			this.sockets.addAll(List.of(client, target));
			start(() -> pump(client, target));
			pump(target, client);
		}
		catch (IOException ex) {
			close(client);
		}
	}

	private void pump(Socket from, Socket to) {
		try {
			from.setTcpNoDelay(true);
			to.setTcpNoDelay(true);
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			byte[] buffer = new byte[8192];
			for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
				LockSupport.parkNanos(this.delayNanos);
				if (!this.blackhole) {
					out.write(buffer, 0, length);
				}
			}
		}
		catch (IOException ex) {
			// Cut.
		}
		if (!this.deaf && !this.blackhole) {
			close(to);
		}
	}

	private static void close(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			// It is closed.
		}
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		cut();
	}

}
