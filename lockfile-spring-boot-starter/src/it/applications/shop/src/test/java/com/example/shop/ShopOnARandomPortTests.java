package com.example.shop;

import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.UseMainMethod;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, useMainMethod = UseMainMethod.ALWAYS)
class ShopOnARandomPortTests {

	@Test
	void answers(@LocalServerPort int port) {
		assertThat(RestClient.create("http://localhost:" + port).get().uri("/items").retrieve().body(String.class))
			.isEqualTo("[]");
	}

}
